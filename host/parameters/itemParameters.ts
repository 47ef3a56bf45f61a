import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { withoutEmpty } from './parameterChecks';

/** The parameters of the node as one item has them. */
export interface ItemParameters {
	context: IExecuteFunctions;
	itemIndex: number;
	input: INodeExecutionData;
	/** The collection Options, without those that an expression left empty. */
	options: IDataObject;
	/** The value of a parameter, its expression resolved, which costs about 1 ms. */
	parameter: (name: string, fallback: unknown) => unknown;
}

/** @throws what n8n throws when an expression in the options fails. */
export function itemParameters(context: IExecuteFunctions, itemIndex: number): ItemParameters {
	return {
		context,
		itemIndex,
		input: context.getInputData()[itemIndex]!,
		options: withoutEmpty(context.getNodeParameter('options', itemIndex, {})),
		parameter: (name, fallback) => context.getNodeParameter(name, itemIndex, fallback),
	};
}
