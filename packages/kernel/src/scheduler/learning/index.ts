export { AgentProfiles, type LearnedAgent } from './agent-profiles.ts';
export { type Program, ProgramBook } from './program-book.ts';
