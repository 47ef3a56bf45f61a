import { toConnectionSettings } from '../../credentials/connectionSettings';

test('white space around pasted values is dropped, and so are emptied fields and rows not filled in', () => {
	expect(
		toConnectionSettings({
			apiType: 'openai',
			apiKey: '\tsk-12345678 \r\n',
			baseUrl: ' https://api.example.com/v1\n',
			organizationId: null as unknown as string,
			headers: {
				values: [
					{ name: ' X-Team ', value: ' blue ' },
					{ name: '', value: 'x' },
					{ name: null, value: 'x' },
				],
			},
			allowedHttpRequestDomains: 'all',
		}),
	).toEqual({
		apiType: 'openai',
		apiKey: 'sk-12345678',
		baseUrl: 'https://api.example.com/v1',
		deploymentUrl: '',
		apiVersion: '',
		organizationId: '',
		projectId: '',
		userAgent: expect.stringMatching(/^n8n-nodes-chatgpt\/\d+\.\d+\.\d+$/),
		headers: [{ name: 'X-Team', value: 'blue' }],
	});
});

test('a credential without any field is that of an empty OpenAI connection', () => {
	expect(toConnectionSettings({})).toMatchObject({ apiType: 'openai', apiKey: '', baseUrl: '', headers: [] });
});
