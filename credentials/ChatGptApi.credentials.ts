import {
	UserError,
	type Icon,
	type ICredentialDataDecryptedObject,
	type ICredentialTestRequest,
	type ICredentialType,
	type IHttpRequestOptions,
	type INodeProperties,
} from 'n8n-workflow';
import { connectionHeaders, endpointUrl, InvalidConnectionError } from '../client/http/connection';
import { toConnectionSettings } from './connectionSettings';

const SHOW_FOR_OPENAI = { show: { apiType: ['openai'] } };
const SHOW_FOR_AZURE = { show: { apiType: ['azure'] } };

/** Tells authenticate that a request is the connection test; not sent. */
const TEST_MARK = 'x-n8n-connection-test';

const SERVER_TROUBLE = 'The server has trouble of its own just now. Try again later.';

export class ChatGptApi implements ICredentialType {
	name = 'chatGptApi';

	displayName = 'ChatGPT API';

	icon: Icon = { light: 'file:../icons/chatgpt.svg', dark: 'file:../icons/chatgpt.dark.svg' };

	documentationUrl = 'https://github.com/example/n8n-nodes-chatgpt#credentials';

	properties: INodeProperties[] = [
		{
			displayName: 'API Type',
			name: 'apiType',
			type: 'options',
			options: [
				{ name: 'OpenAI or Compatible', value: 'openai' },
				{ name: 'Azure OpenAI', value: 'azure' },
			],
			default: 'openai',
			description:
				'Who answers: OpenAI, or any server that speaks its API, such as OpenRouter, DeepSeek, Ollama, LM Studio or vLLM',
		},
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'Leave empty for a local server that asks for none',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: 'https://api.openai.com/v1',
			placeholder: 'e.g. http://localhost:11434/v1',
			description: 'The address up to and including /v1, without /chat/completions',
			displayOptions: SHOW_FOR_OPENAI,
		},
		{
			displayName: 'Deployment URL',
			name: 'deploymentUrl',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://my-resource.openai.azure.com/openai/deployments/my-deployment',
			description: 'The address of your deployment, as the Azure portal shows it, without /chat/completions',
			displayOptions: SHOW_FOR_AZURE,
		},
		{
			displayName: 'API Version',
			name: 'apiVersion',
			type: 'string',
			default: '2024-10-21',
			description: 'Leave empty for a deployment URL that ends in /openai/v1, which has no versions',
			displayOptions: SHOW_FOR_AZURE,
		},
		{
			displayName: 'Organization ID',
			name: 'organizationId',
			type: 'string',
			default: '',
			placeholder: 'e.g. org-AbC123',
			description: 'Only needed when the key belongs to several organizations',
			displayOptions: SHOW_FOR_OPENAI,
		},
		{
			displayName: 'Project ID',
			name: 'projectId',
			type: 'string',
			default: '',
			placeholder: 'e.g. proj_AbC123',
			description: 'Only needed to count usage against a project other than the one of the key',
			displayOptions: SHOW_FOR_OPENAI,
		},
		{
			displayName: 'Extra Headers',
			name: 'headers',
			type: 'fixedCollection',
			typeOptions: { multipleValues: true },
			placeholder: 'Add Header',
			default: {},
			description: 'Sent with every request, for gateways and proxies that ask for them',
			options: [
				{
					displayName: 'Header',
					name: 'values',
					values: [
						{
							displayName: 'Name',
							name: 'name',
							type: 'string',
							default: '',
							placeholder: 'e.g. X-Team',
						},
						{
							displayName: 'Value',
							name: 'value',
							type: 'string',
							typeOptions: { password: true },
							default: '',
						},
					],
				},
			],
		},
		{
			displayName: 'Server Lists Its Models',
			name: 'hasModelsList',
			type: 'boolean',
			default: true,
			description:
				'Whether the server answers GET /models. Turn off if it does not: the connection test then only checks that the server can be reached, not the key.',
		},
	];

	// A method, because the number of extra headers is open. The HTTP Request node signs in with it, too.
	authenticate(
		data: ICredentialDataDecryptedObject,
		requestOptions: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> {
		try {
			const settings = toConnectionSettings(data);
			const { [TEST_MARK]: isTest, ...headers } = { ...requestOptions.headers } as Record<string, string>;
			const signedIn = { ...requestOptions, headers: { ...headers, ...connectionHeaders(settings) } };
			// The test asks exactly where the node asks; n8n gives every test five minutes, more than anyone watches.
			return Promise.resolve(
				isTest ? { ...signedIn, url: endpointUrl(settings, '/models').href, timeout: 20_000 } : signedIn,
			);
		} catch (error) {
			return Promise.reject(asUserError(error));
		}
	}

	// n8n resolves expressions in every value of the request, though its types know it of strings only.
	test = {
		request: {
			method: '={{ $credentials.hasModelsList === false ? "HEAD" : "GET" }}',
			// Only its host counts, for the credential's allowed domains; authenticate makes the address of it.
			url: '={{ $credentials.apiType === "azure" ? $credentials.deploymentUrl : $credentials.baseUrl }}',
			headers: { [TEST_MARK]: 'yes' },
			// Without a models list any answer will do: it proves that a server is there.
			ignoreHttpStatusErrors: '={{ $credentials.hasModelsList === false }}',
			// The key must not follow a redirect to another address.
			disableFollowRedirect: true,
		},
		rules: [
			{
				type: 'responseCode',
				properties: {
					value: 401,
					message:
						'The server refused the API key (401). Paste a valid key, without quotes or spaces around it.',
				},
			},
			{
				type: 'responseCode',
				properties: {
					value: 403,
					message:
						'The server knows the API key but forbids its use here (403). Check the permissions of the key, the organization ID and the project ID.',
				},
			},
			{
				type: 'responseCode',
				properties: {
					value: 404,
					message:
						'The server has no models list at this address (404). Check the address, which for most servers ends in /v1, or turn off "Server Lists Its Models" if the server has none.',
				},
			},
			...[301, 302, 307, 308].map((value) => ({
				type: 'responseCode',
				properties: {
					value,
					message:
						'The server points to another address, and the key is not sent there. If that address is right, enter it here.',
				},
			})),
			{
				type: 'responseCode',
				properties: { value: 402, message: 'The account of this API key has no credit left (402).' },
			},
			{
				type: 'responseCode',
				properties: {
					value: 429,
					message:
						'The server knows the API key, but its rate limit or its credit is used up just now (429).',
				},
			},
			...[500, 502, 503, 529].map((value) => ({
				type: 'responseCode',
				properties: { value, message: `${SERVER_TROUBLE} (${value})` },
			})),
			{
				type: 'responseSuccessBody',
				properties: {
					// The first character of a web page: most often a server's start page, one level above its API.
					key: '0',
					value: '<',
					message:
						'The server answered with a web page instead of a list of models. Check that the base URL ends in /v1.',
				},
			},
			{
				type: 'responseSuccessBody',
				properties: {
					// What LM Studio says, with a 200, when /v1 is missing.
					key: 'error',
					value: 'Unexpected endpoint or method. (GET /models)',
					message: 'The server has no models list at this address. Check that the base URL ends in /v1.',
				},
			},
		],
	} as unknown as ICredentialTestRequest;
}

/** A failed connection test shows nothing but the message. */
function asUserError(error: unknown): Error {
	return error instanceof InvalidConnectionError
		? new UserError(`${error.message}. ${error.hint}.`)
		: (error as Error);
}
