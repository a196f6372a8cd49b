/** The sign of the app, in the accent colour. */
export function BrandMark({ className }: { readonly className?: string | undefined }) {
  return (
    <svg viewBox="0 0 512 512" className={className} aria-hidden="true">
      <rect x="24" y="24" width="464" height="464" rx="104" fill="#1c756b" />
      <path
        d="M256 92 128 136v108c0 86 54 148 128 180 74-32 128-94 128-180V136L256 92Z"
        fill="#f4faf8"
      />
      <path d="M256 194a38 38 0 0 0-18 71.500V334h36v-68.500A38 38 0 0 0 256 194Z" fill="#1c756b" />
    </svg>
  );
}
