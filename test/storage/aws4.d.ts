// The part of aws4 that checks signatures here; the package has no types of its own.
declare module 'aws4' {
  interface Request {
    service: string;
    region: string;
    method: string;
    host: string;
    path: string;
    headers: Record<string, string>;
    body?: Buffer;
    extraHeadersToIgnore?: Record<string, boolean>;
  }
  export function sign(
    request: Request,
    key: { accessKeyId: string; secretAccessKey: string },
  ): { headers: Record<string, string> };
}
