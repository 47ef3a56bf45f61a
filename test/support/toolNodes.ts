import { DynamicStructuredTool, DynamicTool } from '@langchain/core/tools';
import {
	NodeConnectionTypes,
	nodeNameToToolName,
	type IExecuteFunctions,
	type INode,
	type INodeParameters,
	type INodeType,
	type INodeTypeDescription,
	type ISupplyDataFunctions,
	type SupplyData,
} from 'n8n-workflow';
import { z } from 'zod/v3';

/** What tools were called with, as "name: …". The tests look into it. */
export const called: string[] = [];

const description = (name: string, properties: INodeTypeDescription['properties']): INodeTypeDescription => ({
	displayName: name,
	name,
	group: ['transform'],
	version: 1,
	description: `The tool ${name}`,
	defaults: { name },
	inputs: [],
	outputs: [NodeConnectionTypes.AiTool],
	properties,
});

const string = (name: string) => ({ displayName: name, name, type: 'string' as const, default: '' });

/** A sub-node, as n8n's own tools are: gives out a tool of LangChain's. `does` is what the tool does. */
const subNode: INodeType = {
	description: description('tool', [string('does'), string('as'), string('says')]),
	supplyData(this: ISupplyDataFunctions, itemIndex: number): Promise<SupplyData> {
		const does = this.getNodeParameter('does', itemIndex) as string;
		const says = this.getNodeParameter('says', itemIndex) as string;
		const name = (this.getNodeParameter('as', itemIndex) as string) || nodeNameToToolName(this.getNode());
		const toolNamed = (name: string) =>
			new DynamicStructuredTool({
				name,
				description: `Does ${does}`,
				schema: z.object({ of: z.string() }),
				func: ({ of }) => {
					called.push(`${name}: ${of}`);
					if (does === 'throw') throw new Error('The tool broke');
					if (does === 'hang') return new Promise<string>(() => {});
					return Promise.resolve(`${says === '' ? name : says} of ${of}`);
				},
			});
		if (does === 'fail') throw new Error('The tool is not set up');
		const tool = toolNamed(name);
		// As n8n does for a node that asks a person first.
		if (does === 'review') tool.metadata = { gatedToolNodeName: 'Delete all' };
		const simple = () =>
			new DynamicTool({ name, description: '', func: (given) => Promise.resolve(`Text ${given}`) });
		const response =
			does === 'toolkit'
				? { tools: [], getTools: () => [toolNamed('first'), toolNamed('second')] }
				: does === 'simple'
					? simple()
					: tool;
		return Promise.resolve({ response });
	},
};

/** An ordinary node as a tool: n8n-core makes the tool, and fills in what the model says. */
const ordinaryNode: INodeType = {
	description: description('sayTool', [string('text'), string('toolDescription')]),
	execute(this: IExecuteFunctions) {
		const text = this.getNodeParameter('text', 0) as string;
		called.push(`${this.getNode().name}: ${text}`);
		if (text.includes('broken')) throw new Error('The node broke');
		return Promise.resolve([[{ json: { text } }]]);
	},
};

export const toolNodes: Record<string, INodeType> = {
	'test-tools.tool': subNode,
	'test-tools.sayTool': ordinaryNode,
};

export const toolNode = (
	name: string,
	parameters: INodeParameters = {},
	type: 'tool' | 'sayTool' = 'tool',
): INode => ({
	id: name,
	name,
	type: `test-tools.${type}`,
	typeVersion: 1,
	position: [200, 400],
	parameters,
});
