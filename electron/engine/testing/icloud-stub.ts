/** What older versions of macOS leave in the place of a file that is only in iCloud. Written by Python's plistlib, not by our own code. */
const TEMPLATE =
  'YnBsaXN0MDDTAQIDBAUGXxAYTlNVUkxGaWxlUmVzb3VyY2VUeXBlS2V5XxAQTlNVUkxGaWxlU2l6ZUtleVxOU1VSTE5hbWVLZXlfEBxOU1VSTEZpbGVSZXNvdXJjZVR5cGVSZWd1bGFyExEiM0RVZneIVmEgZmlsZQgPKj1KaXIAAAAAAAABAQAAAAAAAAAHAAAAAAAAAAAAAAAAAAAAeQ==';
const SIZE_OFFSET = 106;

/** The bytes of `.name.icloud` for a file of this size. */
export function iCloudStub(sizeBytes: number): Buffer {
  const stub = Buffer.from(TEMPLATE, 'base64');
  stub.writeBigUInt64BE(BigInt(sizeBytes), SIZE_OFFSET);
  return stub;
}
