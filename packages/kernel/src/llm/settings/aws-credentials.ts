/** What requests to AWS are signed with. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string;
  readonly region?: string;
}

/** The credentials in AWS’s own variables; undefined unless both keys are set. */
export function awsCredentials(env: NodeJS.ProcessEnv): AwsCredentials | undefined {
  const accessKeyId = env.AWS_ACCESS_KEY_ID?.trim();
  const secretAccessKey = env.AWS_SECRET_ACCESS_KEY?.trim();
  if (!accessKeyId || !secretAccessKey) return undefined;
  const sessionToken = env.AWS_SESSION_TOKEN?.trim();
  const region = regionOf(env);
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken && { sessionToken }),
    ...(region !== undefined && { region }),
  };
}

/** Where Bedrock answers in the region that the environment names; undefined where it names none. */
export function bedrockUrl(env: NodeJS.ProcessEnv): string | undefined {
  const region = regionOf(env);
  return region === undefined ? undefined : `https://bedrock-runtime.${region}.amazonaws.com`;
}

function regionOf(env: NodeJS.ProcessEnv): string | undefined {
  const region = env.AWS_REGION?.trim() || env.AWS_DEFAULT_REGION?.trim();
  return region && /^[a-z0-9-]+$/.test(region) ? region : undefined;
}
