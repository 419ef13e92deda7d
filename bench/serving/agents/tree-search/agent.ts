import { defineReplayer } from '../../replayer.ts';

export default defineReplayer('tree-search');
