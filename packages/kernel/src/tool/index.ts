// Tools that agents call: the registry, the built-in ones, and system calls offered as tools. A new built-in tool is one
// `defineTool` in `builtin/`, listed in `builtin/index.ts`.

export { defineTool, type Tool, type ToolContext, type ToolDefinition, type ToolProbe } from './tool.ts';
export { createTools } from './tools.ts';
