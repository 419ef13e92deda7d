// A process of its own that opens the home it is told to and says what came of it; for home.test.ts.
import { pino } from 'pino';
import { openHome } from './home.ts';

const [path = ''] = process.argv.slice(2);
try {
  const home = await openHome({ path, logger: pino({ level: 'silent' }) });
  await home.announce({ url: 'http://127.0.0.1:8000', version: '1' });
  process.send?.('open');
} catch (error) {
  process.send?.(error instanceof Error ? error.message : String(error), () => process.disconnect());
}
