/**
 * `window.holdfast` as the page sees it: one function a request, one subscription a event. No channel name and no
 * `ipcRenderer` reaches the page. `archives:children` becomes `holdfast.archives.children(params)`,
 * `folders:measure-start` becomes `holdfast.folders.measureStart(params)`.
 */
import type { EventName, RequestName } from './channel-names.ts';
import type { EventPayload, RequestParams, RequestResult } from './contract.ts';
import type { Envelope } from './envelope.ts';

export type CamelCase<Text extends string> = Text extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Text;

type AreaOf<Name extends string> = Name extends `${infer Area}:${string}` ? Area : never;

type RequestFunction<Name extends RequestName> = (
  params: RequestParams<Name>,
) => Promise<Envelope<RequestResult<Name>>>;

type AreaFunctions<Area extends string> = {
  readonly [
    Name in RequestName as Name extends `${Area}:${infer Verb}` ? CamelCase<Verb> : never
  ]: RequestFunction<Name>;
};

type EventMethod<Name extends string> = Name extends `${infer Area}:${infer Verb}`
  ? `${Area}${Capitalize<CamelCase<Verb>>}`
  : never;

/** Replays the last value, if there was one, then follows; the returned function ends just this subscription. */
type Subscribe<Name extends EventName> = (
  listener: (payload: EventPayload<Name>) => void,
) => () => void;

export type PageApi = {
  readonly [Area in AreaOf<RequestName>]: AreaFunctions<Area>;
} & {
  readonly on: { readonly [Name in EventName as EventMethod<Name>]: Subscribe<Name> };
};
