import { assertCredentialAllowsUrl, type IExecuteFunctions, type ILoadOptionsFunctions } from 'n8n-workflow';
import { createClient, createTransport, endpointUrl, type Client, type EgressGuard } from '../client';
import { toConnectionSettings } from '../credentials/connectionSettings';

type Context = IExecuteFunctions | ILoadOptionsFunctions;

/**
 * A client for the server of the node's credential. It bypasses n8n's own HTTP layer, so what that layer enforces
 * is honoured here: the credential's allowed domains and the guard against forbidden addresses.
 *
 * @param connectTimeoutMs how long a connection may take, in milliseconds.
 * @throws {InvalidConnectionError} when the credential cannot work; n8n's own error when it may not be used for its own address.
 */
export async function connect(context: Context, connectTimeoutMs?: number): Promise<Client> {
	const node = context.getNode();
	const credentialData = await context.getCredentials('chatGptApi');
	const settings = toConnectionSettings(credentialData);
	const url = endpointUrl(settings, '/chat/completions').href;
	// Missing in older hosts, which have no such restriction either.
	if (typeof assertCredentialAllowsUrl === 'function') {
		// The address is the credential's own: "None" forbids other nodes, such as HTTP Request, not this one.
		assertCredentialAllowsUrl({ node, credentialData, url, pinnedUrl: url, surface: 'ChatGPT' });
	}
	return createClient(settings, createTransport(egressGuard(context), connectTimeoutMs));
}

/** Older hosts have no guard; newer ones give one that lets everything pass unless the administrator turned it on. */
function egressGuard({ helpers }: Context): EgressGuard | undefined {
	return typeof helpers.getSecureEgressFilter === 'function' ? helpers.getSecureEgressFilter() : undefined;
}
