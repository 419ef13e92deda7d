// A server that speaks Amazon Bedrock’s Converse interface for the scripted model.

export { startBedrockServer } from './server.ts';
export type { BedrockCredentials } from './signature.ts';
