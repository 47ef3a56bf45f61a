import {
	connectionHeaders,
	connectionSecrets,
	endpointUrl,
	InvalidConnectionError,
	type ConnectionSettings,
} from '../../../client/http/connection';

const openai: ConnectionSettings = {
	apiType: 'openai',
	apiKey: 'sk-12345678',
	baseUrl: 'https://api.openai.com/v1',
};
const azure: ConnectionSettings = {
	apiType: 'azure',
	apiKey: '0123456789abcdef',
	baseUrl: 'https://api.openai.com/v1',
	deploymentUrl: 'https://res.openai.azure.com/openai/deployments/gpt',
	apiVersion: '2024-10-21',
};

describe('endpointUrl', () => {
	const chat = (settings: ConnectionSettings) => endpointUrl(settings, '/chat/completions').href;
	const models = (settings: ConnectionSettings) => endpointUrl(settings, '/models').href;

	test.each([
		['the documented form', 'https://api.openai.com/v1', 'https://api.openai.com/v1'],
		['a trailing slash', 'https://api.openai.com/v1/', 'https://api.openai.com/v1'],
		['many trailing slashes', 'https://api.openai.com/v1///', 'https://api.openai.com/v1'],
		['the full endpoint', 'https://x.test/v1/chat/completions', 'https://x.test/v1'],
		['the full endpoint with a slash', 'https://x.test/v1/chat/completions/', 'https://x.test/v1'],
		['a longer path', 'https://openrouter.ai/api/v1', 'https://openrouter.ai/api/v1'],
		['a fragment, which is dropped', 'https://x.test/v1#top', 'https://x.test/v1'],
		['an IPv6 address', 'http://[::1]:1234/v1', 'http://[::1]:1234/v1'],
	])('the endpoints are found under a base URL with %s', (_, baseUrl, base) => {
		expect(chat({ ...openai, baseUrl })).toBe(`${base}/chat/completions`);
		expect(models({ ...openai, baseUrl })).toBe(`${base}/models`);
	});

	// A URL keeps a slash for an empty path.
	test.each([
		['https://api.deepseek.com'],
		['https://api.deepseek.com/'],
		['https://api.deepseek.com/chat/completions'],
	])('the chat endpoint of a base URL without a path is found: %s', (baseUrl) => {
		expect(chat({ ...openai, baseUrl })).toBe('https://api.deepseek.com/chat/completions');
	});

	test('the query of a base URL is kept', () => {
		const baseUrl = 'https://gate.test/v1/chat/completions?team=a%20b&x=1';
		expect(chat({ ...openai, baseUrl })).toBe('https://gate.test/v1/chat/completions?team=a%20b&x=1');
		expect(models({ ...openai, baseUrl })).toBe('https://gate.test/v1/models?team=a%20b&x=1');
	});

	test('the chat endpoint of Azure is in the deployment, and the models are above it', () => {
		expect(chat(azure)).toBe(
			'https://res.openai.azure.com/openai/deployments/gpt/chat/completions?api-version=2024-10-21',
		);
		// One level above the deployments.
		expect(models(azure)).toBe('https://res.openai.azure.com/openai/models?api-version=2024-10-21');
	});

	test("a target URI copied from Azure's portal gives the chat endpoint", () => {
		const deploymentUrl = `${azure.deploymentUrl}/chat/completions?api-version=2023-05-15`;
		const prefix = 'https://res.openai.azure.com/openai/deployments/gpt/chat/completions?api-version=';
		expect(chat({ ...azure, deploymentUrl })).toBe(`${prefix}2023-05-15`);
		expect(chat({ ...azure, deploymentUrl, apiVersion: '' })).toBe(`${prefix}2023-05-15`);
	});

	test('Azure v1 has no api-version', () => {
		const v1 = { ...azure, deploymentUrl: 'https://res.openai.azure.com/openai/v1/', apiVersion: '' };
		expect(chat(v1)).toBe('https://res.openai.azure.com/openai/v1/chat/completions');
		expect(models(v1)).toBe('https://res.openai.azure.com/openai/v1/models');
	});

	test('each API type uses its own URL, and only Azure the api-version', () => {
		const both = { ...azure, baseUrl: 'not a URL' };
		expect(() => chat(both)).not.toThrow();
		expect(
			chat({ ...both, apiType: 'openai', baseUrl: 'https://x.test/v1', deploymentUrl: 'not a URL' }),
		).toBe('https://x.test/v1/chat/completions');
	});

	const enterBase = 'Enter an address such as https://api.openai.com/v1';
	const enterDeployment =
		'Enter an address such as https://my-resource.openai.azure.com/openai/deployments/my-deployment';
	const useHeader = 'Remove it, and sign in with an extra header instead';
	test.each<{
		setting: 'baseUrl' | 'deploymentUrl';
		value: string | undefined;
		message: string;
		hint: string;
	}>([
		{ setting: 'baseUrl', value: '', message: 'The base URL is empty', hint: enterBase },
		{
			setting: 'baseUrl',
			value: 'api.openai.com/v1',
			message: 'The base URL "api.openai.com/v1" is not a web address',
			hint: enterBase,
		},
		{
			setting: 'baseUrl',
			value: 'https://',
			message: 'The base URL "https://" is not a web address',
			hint: enterBase,
		},
		{
			setting: 'baseUrl',
			value: 'ftp://x.test',
			message: 'The base URL "ftp://x.test" does not start with http:// or https://',
			hint: enterBase,
		},
		{
			setting: 'baseUrl',
			value: 'localhost:1234/v1',
			message: 'The base URL "localhost:1234/v1" does not start with http:// or https://',
			hint: enterBase,
		},
		{
			setting: 'baseUrl',
			value: 'https://me:secret@x.test/v1',
			message: 'The base URL holds a user name or password, which would show up in logs',
			hint: useHeader,
		},
		{
			setting: 'baseUrl',
			value: 'https://me@x.test/v1',
			message: 'The base URL holds a user name or password, which would show up in logs',
			hint: useHeader,
		},
		{
			setting: 'deploymentUrl',
			value: undefined,
			message: 'The deployment URL is empty',
			hint: enterDeployment,
		},
		{
			setting: 'deploymentUrl',
			value: 'gpt',
			message: 'The deployment URL "gpt" is not a web address',
			hint: enterDeployment,
		},
	])('the $setting "$value" is rejected', ({ setting, value, message, hint }) => {
		const settings = { ...(setting === 'baseUrl' ? openai : azure), [setting]: value };
		const thrown = errorOf(() => endpointUrl(settings, '/chat/completions'));
		expect(thrown).toBeInstanceOf(InvalidConnectionError);
		expect(thrown).toMatchObject({ name: 'InvalidConnectionError', message, hint });
	});

	test.each(['ftp://me:my-password@x.test/v1', 'me:my-password@x.test/v1', '//me:my-password@x.test/v1'])(
		'the password in %s is not quoted',
		(baseUrl) => {
			const thrown = errorOf(() => endpointUrl({ ...openai, baseUrl }, '/chat/completions'));
			expect(thrown).toMatchObject({ message: expect.not.stringContaining('my-password') });
		},
	);
});

describe('connectionHeaders', () => {
	test('the key is a bearer token, or api-key at Azure', () => {
		expect(connectionHeaders(openai)).toStrictEqual({ authorization: 'Bearer sk-12345678' });
		expect(connectionHeaders(azure)).toStrictEqual({ 'api-key': '0123456789abcdef' });
	});

	test('an empty key sends no header', () => {
		expect(connectionHeaders({ ...openai, apiKey: '' })).toStrictEqual({});
		expect(connectionHeaders({ ...azure, apiKey: '' })).toStrictEqual({});
	});

	test('organization and project are sent, but not to Azure', () => {
		const both = { organizationId: 'org-1', projectId: 'proj_1' };
		expect(connectionHeaders({ ...openai, ...both })).toEqual({
			authorization: 'Bearer sk-12345678',
			'openai-organization': 'org-1',
			'openai-project': 'proj_1',
		});
		expect(connectionHeaders({ ...azure, ...both })).toEqual({ 'api-key': '0123456789abcdef' });
		expect(connectionHeaders({ ...openai, organizationId: '', projectId: '' })).toEqual({
			authorization: 'Bearer sk-12345678',
		});
	});

	test('the user agent is sent', () => {
		expect(connectionHeaders({ ...openai, userAgent: 'us/1.0' })).toMatchObject({ 'user-agent': 'us/1.0' });
	});

	test('extra headers win, in whatever case, and later ones over earlier ones', () => {
		const headers = [
			{ name: 'AUTHORIZATION', value: 'Basic abc' },
			{ name: 'X-Team', value: 'one' },
			{ name: 'x-team', value: 'two' },
			{ name: 'User-Agent', value: 'mine' },
			{ name: 'X-Empty', value: '' },
		];
		expect(connectionHeaders({ ...openai, userAgent: 'us/1.0', headers })).toEqual({
			authorization: 'Basic abc',
			'x-team': 'two',
			'user-agent': 'mine',
			'x-empty': '',
		});
	});

	test.each([
		['a space in its name', 'X Team', 'x'],
		['a colon in its name', 'X-Team:', 'x'],
		['a line break in its name', 'X-A\nX-B', 'x'],
		['a letter HTTP does not know', 'Größe', 'x'],
		['a line break in its value', 'X-Team', 'a\r\nX-Other: b'],
		['a NUL in its value', 'X-Team', 'a\0b'],
		['a value beyond Latin-1', 'X-Team', '日本'],
		['the length of the body', 'Content-Length', '5'],
		['a way to send the body', 'Transfer-Encoding', 'chunked'],
		['a question before the body', 'Expect', '100-continue'],
		['another host', 'HOST', 'other.test'],
		['a rule for the connection', 'Connection', 'close'],
		['another rule for the connection', 'Keep-Alive', 'timeout=5'],
		['another protocol', 'Upgrade', 'h2c'],
	])('a header with %s is rejected', (_, name, value) => {
		const settings = {
			...openai,
			headers: [
				{ name: 'X-Good', value: 'y' },
				{ name, value },
			],
		};
		const thrown = errorOf(() => connectionHeaders(settings));
		expect(thrown).toBeInstanceOf(InvalidConnectionError);
		expect(thrown).toMatchObject({ message: `The extra header "${name}" cannot be sent` });
	});

	test.each([['sk-123\n456'], ['sk-…'], ['sk-\u200b12345678'], ['ключ']])(
		'the key %j cannot be sent, and is not quoted',
		(apiKey) => {
			const thrown = errorOf(() => connectionHeaders({ ...openai, apiKey }));
			expect(thrown).toBeInstanceOf(InvalidConnectionError);
			expect(thrown).toMatchObject({ message: 'The API key holds characters that cannot be sent' });
		},
	);
});

test('the secrets are the key and the values of the extra headers', () => {
	const headers = [{ name: 'X-Gateway-Key', value: 'gate-123' }];
	expect(connectionSecrets({ ...openai, headers })).toEqual(['sk-12345678', 'gate-123']);
	expect(connectionSecrets(openai)).toEqual(['sk-12345678']);
	// The version of Azure's API is no secret, and some errors are about it.
	expect(connectionSecrets(azure)).toEqual([azure.apiKey]);
	const keyInQuery = { ...openai, baseUrl: 'https://x.test/v1?key=query-secret' };
	expect(connectionSecrets(keyInQuery)).toEqual(['sk-12345678', 'query-secret']);
});

function errorOf(run: () => unknown): unknown {
	try {
		run();
	} catch (error) {
		return error;
	}
	throw new Error('Nothing was thrown');
}
