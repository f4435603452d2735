import { ownToken } from '../access.ts';
import { json } from '../answers.ts';
import type { Route } from '../call.ts';
import { shareRoute } from './shared.ts';

/** GET /personal_access_tokens/self, since 15.5: what an access token may do, whatever its scopes. */
export const accessTokenRoutes: Route[] = [
  shareRoute('GET /personal_access_tokens/self', (call) => {
    const token = ownToken(call);
    return json(200, {
      id: call.state.accessTokens.indexOf(token) + 1,
      name: token.name ?? 'automation',
      revoked: false,
      created_at: '2026-01-01T00:00:00.000Z',
      description: null,
      scopes: token.scopes,
      user_id: 1,
      last_used_at: null,
      active: true,
      expires_at: token.expiresAt ?? null,
    });
  }),
];
