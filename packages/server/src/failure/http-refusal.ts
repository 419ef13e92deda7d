import { AiosError, type AiosErrorOptions, type ErrorCode, type Problem } from '@aios/protocol';

/** A refusal that HTTP has a more exact status for than the error table. */
export class HttpRefusal extends AiosError {
  readonly status: number;

  constructor(status: number, code: ErrorCode, message: string, options?: AiosErrorOptions) {
    super(code, message, options);
    this.status = status;
  }

  override toProblem(): Problem {
    return { ...super.toProblem(), status: this.status };
  }
}
