import type { Disposition, ErrorCode } from '@aios/protocol';
import { type Endpoint, keyPlaces } from './endpoint.ts';
import type { Failure } from './failure.ts';

/** What a failure means to the caller. */
interface Verdict {
  code: ErrorCode;
  text: string;
  disposition?: Disposition;
}

/** Vendors’ own words that say more than the HTTP status they come with. */
const noCredit = /^(insufficient_quota|billing_error|insufficient_balance)$|credit balance is too low/i;
const badKey = /^(API_KEY_INVALID|invalid_api_key|authentication_error)$/;
const overloaded = /^(overloaded_error|api_error|server_error|UNAVAILABLE|INTERNAL)$/;
const tooMany = /^(rate_limit_error|rate_limit_exceeded|RESOURCE_EXHAUSTED|throttlingException)$/;
const unknownModel = /^(model_not_found|model_not_supported)$|^The provided model identifier is invalid/;
/** The model wrote something that its vendor could not read; asked again, it may do better. */
const badWriting = /^(tool_use_failed|json_validate_failed)$/;

/** Finds the error of ours for a failure. */
export function judge(failure: Failure, endpoint: Endpoint): Verdict {
  const { label } = endpoint.provider;
  const quote = failure.said === '' ? '' : `: ${failure.said}`;
  switch (failure.kind) {
    case 'refused':
      return judgeStatus(failure, quote, endpoint);
    case 'unreachable':
      return {
        code: 'unavailable',
        text: `Cannot reach ${label} at ${endpoint.baseUrl}${quote}. Check that it is running and reachable.`,
      };
    case 'cut':
      return { code: 'unavailable', text: `The reply of ${label} was cut off in the middle${quote}.` };
    case 'stopped':
      return {
        code: tooMany.test(failure.code ?? '') ? 'rate_limited' : 'unavailable',
        text: `${label} stopped in the middle of its reply${quote}`,
      };
    case 'unusable':
      return { code: 'failed_precondition', text: `${label} cannot be asked this${quote}` };
    case 'format':
      return {
        code: 'unavailable',
        text: `${label} at ${endpoint.baseUrl} sent something that is not ${label}’s format${quote}`,
      };
  }
}

function judgeStatus({ status = 500, code = '', said }: Failure, quote: string, endpoint: Endpoint): Verdict {
  const { provider, model, baseUrl } = endpoint;
  const why = `(HTTP ${status})${quote}`;
  if (status === 402 || noCredit.test(code) || noCredit.test(said)) {
    return {
      code: 'quota_exceeded',
      text: `The account at ${provider.label} has no credit left ${why}`,
      disposition: 'operator',
    };
  }
  if (status === 401 || status === 403 || badKey.test(code)) {
    return {
      code: 'failed_precondition',
      text: `${provider.label} refused the key ${why} Check ${keyPlaces(endpoint)}.`,
      disposition: 'operator',
    };
  }
  if (status === 404 || unknownModel.test(code) || unknownModel.test(said)) {
    return {
      code: 'not_found',
      text: `${provider.label} at ${baseUrl} does not know the model "${model}", or the address is wrong ${why}`,
    };
  }
  if (status === 429) return { code: 'rate_limited', text: `${provider.label} limits the rate ${why}` };
  if (status >= 500 || [408, 409, 425].includes(status) || overloaded.test(code)) {
    return { code: 'unavailable', text: `${provider.label} cannot answer now ${why}` };
  }
  if (badWriting.test(code)) {
    return { code: 'unavailable', text: `${provider.label} could not read what its model wrote ${why}` };
  }
  return { code: 'invalid_argument', text: `${provider.label} refused the request ${why}` };
}
