// A server that speaks Amazon Bedrock’s Converse interface for the scripted model.

export { type BedrockServerOptions, startBedrockServer } from './server.ts';
export type { BedrockCredentials } from './signature.ts';
