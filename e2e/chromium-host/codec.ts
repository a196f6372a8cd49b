/**
 * Structured-clone values as JSON text, since Chromium's debugging protocol carries text only. Runs in Node and, by its source text,
 * inside the page: therefore one self-contained function.
 */
export interface Codec {
  /** Throws "An object could not be cloned." for functions, symbols and the like, as Electron does. */
  encode(value: unknown): string;
  decode(text: string): unknown;
}

export interface Base64 {
  toText(bytes: Uint8Array): string;
  toBytes(text: string): Uint8Array<ArrayBuffer>;
}

export function makeCodec(base64: Base64): Codec {
  type Tagged = readonly [tag: string, ...parts: unknown[]];
  const views = {
    Uint8Array,
    Int8Array,
    Uint8ClampedArray,
    Uint16Array,
    Int16Array,
    Uint32Array,
    Int32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
    DataView,
  };
  const errors = { Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError };
  const refuse = (): never => {
    throw new Error('An object could not be cloned.');
  };

  function clone(value: unknown): unknown {
    try {
      return structuredClone(value);
    } catch {
      return refuse();
    }
  }

  function encodePrimitive(value: unknown): unknown {
    if (typeof value === 'string' || typeof value === 'boolean') return value;
    if (value === undefined) return ['undefined'];
    if (typeof value === 'bigint') return ['bigint', String(value)];
    if (typeof value !== 'number') return refuse();
    if (Number.isFinite(value) && !Object.is(value, -0)) return value;
    return ['number', Object.is(value, -0) ? '-0' : String(value)];
  }

  function encode(root: unknown): string {
    const seen = new Map<object, number>();
    const toJson = (value: unknown): unknown => {
      if (value === null) return null;
      if (typeof value !== 'object') return encodePrimitive(value);
      const known = seen.get(value);
      if (known !== undefined) return ['reference', known];
      seen.set(value, seen.size);
      return encodeObject(value, toJson);
    };
    return JSON.stringify(toJson(clone(root)));
  }

  function encodeObject(value: object, toJson: (value: unknown) => unknown): Tagged {
    if (Array.isArray(value)) {
      return ['array', ...Array.from(value, (item, at) => (at in value ? toJson(item) : ['hole']))];
    }
    if (value instanceof Date) return ['date', value.getTime()];
    if (value instanceof Map)
      return ['map', ...Array.from(value, ([key, item]) => [toJson(key), toJson(item)])];
    if (value instanceof Set) return ['set', ...Array.from(value, toJson)];
    if (value instanceof RegExp) return ['regexp', value.source, value.flags];
    if (value instanceof Error) {
      return [
        'error',
        value.name,
        value.message,
        value.stack,
        'cause' in value ? toJson(value.cause) : ['undefined'],
      ];
    }
    if (value instanceof ArrayBuffer)
      return ['bytes', 'ArrayBuffer', base64.toText(new Uint8Array(value))];
    if (ArrayBuffer.isView(value)) {
      const kind = Object.prototype.toString.call(value).slice(8, -1);
      return [
        'bytes',
        kind,
        base64.toText(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)),
      ];
    }
    const kind = Object.prototype.toString.call(value).slice(8, -1);
    if (['Number', 'String', 'Boolean', 'BigInt'].includes(kind))
      return ['boxed', toJson(value.valueOf())];
    if (kind !== 'Object') return refuse();
    return ['object', ...Object.entries(value).map(([key, item]) => [key, toJson(item)])];
  }

  function decode(text: string): unknown {
    const references: unknown[] = [];
    const keep = <Value>(value: Value): Value => {
      references.push(value);
      return value;
    };
    const fromJson = (json: unknown): unknown => {
      if (typeof json !== 'object' || json === null) return json;
      const [tag, ...parts] = json as Tagged;
      switch (tag) {
        case 'number':
          return Number(parts[0]);
        case 'undefined':
          return undefined;
        case 'bigint':
          return BigInt(String(parts[0]));
        case 'reference':
          return references[Number(parts[0])];
        case 'array': {
          const array = keep(Array.from<unknown>({ length: 0 }));
          array.length = parts.length;
          for (const [at, part] of parts.entries()) {
            if (!(Array.isArray(part) && part[0] === 'hole')) array[at] = fromJson(part);
          }
          return array;
        }
        case 'object': {
          const object = keep({});
          for (const part of parts) {
            const [key, item] = part as [string, unknown];
            Object.defineProperty(object, key, {
              value: fromJson(item),
              enumerable: true,
              configurable: true,
              writable: true,
            });
          }
          return object;
        }
        case 'date':
          // JSON makes null of the time that an invalid date has.
          return keep(new Date(parts[0] === null ? Number.NaN : Number(parts[0])));
        case 'map': {
          const map = keep(new Map<unknown, unknown>());
          for (const part of parts) {
            const [key, item] = part as [unknown, unknown];
            map.set(fromJson(key), fromJson(item));
          }
          return map;
        }
        case 'set': {
          const set = keep(new Set<unknown>());
          for (const part of parts) set.add(fromJson(part));
          return set;
        }
        case 'regexp':
          return keep(new RegExp(String(parts[0]), String(parts[1])));
        case 'error':
          return decodeError(parts, keep, fromJson);
        case 'bytes': {
          const bytes = base64.toBytes(String(parts[1]));
          if (parts[0] === 'ArrayBuffer') return keep(bytes.buffer);
          const View = views[parts[0] as keyof typeof views] as new (
            buffer: ArrayBuffer,
          ) => ArrayBufferView;
          return keep(new View(bytes.buffer));
        }
        case 'boxed': {
          // The box takes its number before what is in it, as in encoding.
          const at = references.push(undefined) - 1;
          return (references[at] = Object(fromJson(parts[0])));
        }
        default:
          throw new Error(`codec: ${tag}`);
      }
    };
    return fromJson(JSON.parse(text));
  }

  function decodeError(
    parts: readonly unknown[],
    keep: (error: Error) => Error,
    fromJson: (json: unknown) => unknown,
  ): Error {
    const [name, message, stack, cause] = parts;
    const Kind = errors[name as keyof typeof errors] ?? Error;
    const error = keep(new Kind(String(message)));
    const decodedCause = fromJson(cause);
    if (decodedCause !== undefined) error.cause = decodedCause;
    Object.defineProperty(error, 'stack', { value: stack, configurable: true, writable: true });
    return error;
  }

  return { encode, decode };
}

/** The codec on Node's side. */
export const codec = makeCodec({
  toText: (bytes) =>
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
  toBytes: (text) => new Uint8Array(Buffer.from(text, 'base64')),
});
