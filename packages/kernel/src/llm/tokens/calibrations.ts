import type { Database } from '../../database/index.ts';
import type { Logger } from '../../telemetry/index.ts';
import { Calibration, type CalibrationRecord } from './calibration.ts';

interface CalibrationsOptions {
  readonly known: ReadonlyMap<string, CalibrationRecord>;
  readonly database: Database;
  readonly logger: Logger;
}

/** The calibrations of models by the names of provider and model, kept in the database. */
export class Calibrations implements AsyncDisposable {
  readonly #options: CalibrationsOptions;
  readonly #calibrations = new Map<string, Calibration>();
  readonly #writing = new Set<Promise<void>>();

  private constructor(options: CalibrationsOptions) {
    this.#options = options;
  }

  static async open(database: Database, logger: Logger): Promise<Calibrations> {
    const rows = await database.reader.selectFrom('token_calibrations').selectAll().execute();
    const known = new Map(rows.map(({ provider, model, ...record }) => [nameOf(provider, model), record]));
    return new Calibrations({ known, database, logger });
  }

  /** The same for all cores of one model. */
  of(provider: string, model: string): Calibration {
    const name = nameOf(provider, model);
    const present = this.#calibrations.get(name);
    if (present !== undefined) return present;
    const calibration = new Calibration(this.#options.known.get(name), (record) =>
      this.#keep(provider, model, record),
    );
    this.#calibrations.set(name, calibration);
    return calibration;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#writing);
  }

  /** Nobody waits for it: a calibration that is lost is made again. */
  #keep(provider: string, model: string, record: CalibrationRecord): void {
    const { database, logger } = this.#options;
    const writing = database
      .write(async (transaction) => {
        await transaction
          .insertInto('token_calibrations')
          .values({ provider, model, ...record })
          .onConflict((conflict) => conflict.columns(['provider', 'model']).doUpdateSet({ ...record }))
          .execute();
      })
      .catch((err: unknown) =>
        logger.warn({ err, model }, 'the calibration of its token counts was not kept'),
      )
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }
}

function nameOf(provider: string, model: string): string {
  return `${provider}/${model}`;
}
