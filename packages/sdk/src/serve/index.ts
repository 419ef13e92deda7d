// Agents of this program, served to a kernel anywhere.

export { type AgentServer, type ServeAgentsOptions, serveAgents } from './serve-agents.ts';
