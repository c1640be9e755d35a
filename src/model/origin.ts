/** `http://127.0.0.1:3000`, with brackets around an IPv6 address. */
export function formatOrigin({ hostname, port }: { readonly hostname: string; readonly port: number }): string {
  return `http://${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`
}
