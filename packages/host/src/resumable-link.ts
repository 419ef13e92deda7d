// Frames over connections that may be lost. Guarantee: each frame is taken once and in order on the other side, over any
// number of lost connections, or the link is given up.

/** One connection of a link. */
export interface Carrier {
  send(text: string): void;
  close(reason: string): void;
}

export interface ResumableLinkOptions {
  /** Bound of what the other side has not confirmed. */
  readonly maxUnconfirmedBytes: number;
  /** Called when it confirms too little for too much. The link is of no use from then on. */
  readonly onOverflow: () => void;
}

/** A side confirms after so many frames, or so many milliseconds. */
const confirmAfterFrames = 64;
const confirmAfterMs = 500;

export class ResumableLink {
  readonly #options: ResumableLinkOptions;
  #carrier: Carrier | undefined;
  #unconfirmed: string[] = [];
  #unconfirmedBytes = 0;
  /** Frames that the other side has confirmed. */
  #confirmed = 0;
  #received = 0;
  #told = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ResumableLinkOptions) {
    this.#options = options;
  }

  /** Frames that were taken so far. */
  get received(): number {
    return this.#received;
  }

  get isAttached(): boolean {
    return this.#carrier !== undefined;
  }

  /** Throws a TypeError for what is not JSON. */
  send(frame: object): void {
    const text = JSON.stringify(frame);
    this.#unconfirmed.push(text);
    this.#unconfirmedBytes += text.length;
    this.#carrier?.send(text);
    if (this.#unconfirmedBytes > this.#options.maxUnconfirmedBytes) this.#options.onOverflow();
  }

  /** Goes on over another connection, on which the other side said how much it has taken. */
  attach(carrier: Carrier, received: number): void {
    this.confirm(received);
    this.#carrier = carrier;
    for (const text of this.#unconfirmed) carrier.send(text);
  }

  /** To be called when a connection is lost; one that was replaced before is of no matter. */
  detach(carrier: Carrier): void {
    if (this.#carrier === carrier) this.#carrier = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Ends the connection that there is. */
  close(reason: string): void {
    const carrier = this.#carrier;
    if (carrier === undefined) return;
    this.detach(carrier);
    carrier.close(reason);
  }

  /** To be called for each host frame that came. */
  take(): void {
    this.#received += 1;
    if (this.#received - this.#told >= confirmAfterFrames) this.#tell();
    else this.#timer ??= setTimeout(() => this.#tell(), confirmAfterMs).unref();
  }

  /** The other side has taken so many frames. */
  confirm(received: number): void {
    const dropped = this.#unconfirmed.splice(0, Math.max(0, received - this.#confirmed));
    for (const text of dropped) this.#unconfirmedBytes -= text.length;
    this.#confirmed += dropped.length;
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#told = this.#received;
    this.#carrier?.send(JSON.stringify({ type: 'ack', received: this.#received }));
  }
}
