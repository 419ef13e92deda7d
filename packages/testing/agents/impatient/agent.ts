// As `caller`, but goes on where the outcome of an effect is unknown.

import type { AgentDefinition } from '@aios/sdk';
import caller from '../caller/agent.ts';

const impatient: AgentDefinition = {
  ...caller,
  manifest: { ...caller.manifest, name: 'impatient', unknownEffects: 'error' },
};

export default impatient;
