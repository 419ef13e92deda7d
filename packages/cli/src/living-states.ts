/** Of a process that has not ended. */
export const livingStates = ['created', 'ready', 'running', 'waiting', 'suspended'] as const;
