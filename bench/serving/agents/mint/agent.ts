import { defineReplayer } from '../../replayer.ts';

export default defineReplayer('mint');
