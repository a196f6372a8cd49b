/** Storage whose packs are small, so that a few kilobytes make many of them. Can fail like `FaultyBackend`. */
import { LOCAL_TRAITS, type BackendTraits } from '../backend/backend.ts';
import { FaultyBackend } from './faulty-backend.ts';

export const SMALL_PACK_BYTES = 100_000;

export class SmallPacks extends FaultyBackend {
  traits(): Promise<BackendTraits> {
    return Promise.resolve({ ...LOCAL_TRAITS, packSizeBytes: SMALL_PACK_BYTES });
  }
}
