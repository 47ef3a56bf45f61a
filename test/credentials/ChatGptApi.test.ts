import type { ICredentialDataDecryptedObject, IHttpRequestOptions } from 'n8n-workflow';
import { name, version } from '../../package.json';
import { loadPackage } from '../support/engineHost';

/** Signs a request in as n8n does for the HTTP Request node, or for the connection test with the test's headers. */
async function signIn(data: ICredentialDataDecryptedObject, headers = {}): Promise<IHttpRequestOptions> {
	const { authenticate } = (await loadPackage()).getCredential('chatGptApi').type;
	if (typeof authenticate !== 'function') throw new Error('The credential signs nothing in');
	return await authenticate(data, {
		url: 'https://example.com',
		headers: { accept: 'text/plain', ...headers },
	});
}

const openai = { apiType: 'openai', apiKey: 'sk-12345678', baseUrl: 'https://api.openai.com/v1' };
const azure = {
	apiType: 'azure',
	apiKey: '0123456789abcdef',
	deploymentUrl: 'https://res.openai.azure.com/openai/deployments/gpt',
};
const always = { accept: 'text/plain', 'user-agent': `${name}/${version}` };

test.each<[string, ICredentialDataDecryptedObject, Record<string, string>]>([
	['OpenAI', openai, { authorization: 'Bearer sk-12345678' }],
	[
		'OpenAI, with an organization and a project',
		{ ...openai, organizationId: 'org-1', projectId: 'proj_1' },
		{ authorization: 'Bearer sk-12345678', 'openai-organization': 'org-1', 'openai-project': 'proj_1' },
	],
	['Azure', azure, { 'api-key': '0123456789abcdef' }],
	['a server without a key', { ...openai, apiKey: '' }, {}],
	[
		'a gateway',
		{ ...openai, headers: { values: [{ name: 'X-Team', value: 'blue' }] } },
		{ authorization: 'Bearer sk-12345678', 'x-team': 'blue' },
	],
])('a request to %s gets its headers, and keeps its own', async (_, data, headers) => {
	expect(await signIn(data)).toEqual({ url: 'https://example.com', headers: { ...always, ...headers } });
});

const TEST = { 'x-n8n-connection-test': 'yes' };

test.each<[string, ICredentialDataDecryptedObject, string]>([
	['OpenAI', openai, 'https://api.openai.com/v1/models'],
	[
		'a pasted endpoint',
		{ ...openai, baseUrl: 'https://x.test/v1/chat/completions/?a=1' },
		'https://x.test/v1/models?a=1',
	],
	[
		'Azure',
		{ ...azure, apiVersion: '2024-10-21' },
		'https://res.openai.azure.com/openai/models?api-version=2024-10-21',
	],
])('the connection test of %s asks where the node asks, with a time-out', async (_, data, url) => {
	const request = await signIn(data, TEST);
	expect(request).toMatchObject({ url, timeout: 20_000 });
	expect(request.headers).not.toHaveProperty('x-n8n-connection-test');
});

// A failed connection test shows nothing but the message.
test.each<[string, ICredentialDataDecryptedObject, string]>([
	[
		'base URL',
		{ ...openai, baseUrl: 'nowhere' },
		'The base URL "nowhere" is not a web address. Enter an address such as https://api.openai.com/v1.',
	],
	[
		'deployment URL',
		{ ...azure, deploymentUrl: '' },
		'The deployment URL is empty. Enter an address such as https://my-resource.openai.azure.com/openai/deployments/my-deployment.',
	],
	[
		'key',
		{ ...openai, apiKey: 'sk-…' },
		'The API key holds characters that cannot be sent. Copy the key again, and paste it as it is.',
	],
])('a bad %s fails the connection test with what to do', async (_, data, message) => {
	await expect(signIn(data, TEST)).rejects.toMatchObject({ message });
});
