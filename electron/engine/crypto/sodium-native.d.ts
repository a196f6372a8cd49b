/** The part of sodium-native that is used; the package brings no types. */
declare module 'sodium-native' {
  const sodium: {
    /** `output` 16 bytes, `key` 32 bytes: clamped r, then s. Throws for other lengths. */
    crypto_onetimeauth(output: Buffer, input: Buffer, key: Buffer): void;
  };
  export default sodium;
}
