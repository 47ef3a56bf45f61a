import type { INodeProperties } from 'n8n-workflow';
import { callOptions } from '../../../../host/parameters/callOptions';
import { outputOptions } from '../../../../host/parameters/outputOptions';
import { optionsField } from '../../../../host/parameters/pickOptions';
import { requestOptions } from '../../../../host/parameters/requestOptions.description';
import { jsonOptions } from '../../../../host/parameters/responseFormat.description';
import { toolOptions } from './toolOptions.description';

export const maxHistoryOption: INodeProperties = {
	displayName: 'Max History',
	name: 'maxHistory',
	type: 'number',
	typeOptions: { minValue: 0, maxValue: 10_000 },
	default: 10,
	description:
		'How many exchanges (a question and its answer) before the present question to send along; those of the memory, of the JSON and of the fields all count. The present question and all instructions always stay.',
};

export const optionsDescription = optionsField([
	maxHistoryOption,
	...requestOptions,
	...toolOptions,
	...jsonOptions,
	...callOptions,
	...outputOptions,
]);
