/** The page's one way to the main process: requests by their name in the contract, errors as HoldfastErrors. */
import { fromWireError } from '../../shared/errors.ts';
import type { RequestName } from '../../shared/ipc/channel-names.ts';
import type { RequestParams, RequestResult } from '../../shared/ipc/contract.ts';
import type { Envelope } from '../../shared/ipc/envelope.ts';
import type { PageApi } from '../../shared/ipc/page-api.ts';

declare global {
  interface Window {
    readonly holdfast: PageApi;
  }
}

type AnyFunction = (params: unknown) => Promise<Envelope<unknown>>;

/** Rejects with a HoldfastError that says what it means for the data. */
export async function request<Name extends RequestName>(
  name: Name,
  params: RequestParams<Name>,
): Promise<RequestResult<Name>> {
  const [area = '', verb = ''] = name.split(':');
  const method = verb.replaceAll(/-(\w)/gu, (_, letter: string) => letter.toUpperCase());
  const areas = window.holdfast as unknown as Record<string, Record<string, AnyFunction>>;
  const ask = areas[area]?.[method];
  if (ask === undefined) throw new Error(`no request ${name}`);
  const reply = await ask(params);
  if (!reply.ok) throw fromWireError(reply.error);
  return reply.value as RequestResult<Name>;
}
