import type { Provider } from '../provider.ts';

/** Where a driver sends its calls. */
export interface Endpoint {
  readonly provider: Provider;
  /** Name that the provider knows the model by. */
  readonly model: string;
  readonly baseUrl: string;
  readonly key?: string;
  /** What requests to Bedrock are signed with where it has no key. */
  readonly awsCredentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
    readonly region?: string;
  };
  /** Size of the context window, where it is known. */
  readonly contextTokens?: number;
  /** Milliseconds until the connection must stand. */
  readonly connectMs?: number;
}

/** Where a person sets the key of an endpoint. */
export function keyPlaces({ provider }: Pick<Endpoint, 'provider'>): string {
  const variable = provider.keyVariables[0];
  const places = [`api_keys.${provider.name} in config.yaml`, 'api_key of the model'];
  return [...(variable === undefined ? [] : [variable]), ...places].join(', ');
}
