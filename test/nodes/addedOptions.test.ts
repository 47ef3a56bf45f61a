import type { INodeParameters, INodeProperties, NodeParameterValueType } from 'n8n-workflow';
import { ChatGpt } from '../../nodes/ChatGpt/ChatGpt.node';
import { runChatGpt } from '../support/chatGptRun';
import { readSavedNodes, startServerOf } from '../support/savedNodes';

const { properties } = new ChatGpt().description;
const saved = readSavedNodes();

/** A node of every operation, with each of its options. */
const added = properties
	.filter(({ name }) => name === 'options')
	.flatMap(({ displayOptions, options }) => {
		const { resource, operation } = displayOptions!.show!;
		return (operation as string[]).flatMap((one) => {
			const [, node] = saved.find(([, { parameters }]) => {
				return parameters.resource === resource![0] && parameters.operation === one;
			})!;
			return (options as INodeProperties[]).map((option) => [one, option.displayName, option, node] as const);
		});
	});

/** What the editor saves when a person adds an option and does not touch it. */
function untouched({ typeOptions, type, default: value }: INodeProperties): NodeParameterValueType {
	if (!typeOptions?.multipleValues) return value;
	return type === 'fixedCollection' ? {} : ([value] as NodeParameterValueType);
}

test.each(added)('%s: the option %s does no harm when it is only added', async (_, name, option, node) => {
	const server = await startServerOf(node);
	try {
		const options: INodeParameters = { [option.name]: untouched(option) };
		// These options are about tools, and fail when there are none.
		if (/^(Tool Choice|Parallel Tool Calls)$/.test(name)) options.tools = '[{"name": "now"}]';
		const parameters = { ...node.parameters, options };
		const { error } = await runChatGpt(server, { parameters, ...(node.items && { items: node.items }) });
		expect(error?.message).toBeUndefined();
	} finally {
		await server.close();
	}
});
