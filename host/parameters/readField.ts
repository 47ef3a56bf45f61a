import type { IDataObject, INodeProperties } from 'n8n-workflow';
import type { ItemParameters } from './itemParameters';
import { checkBoolean, checkChoice, checkNumber, checkText, type NumberRule } from './parameterChecks';

// What the description of a field says (its label, its choices, its range, its default) holds when it is read, too.

type Whole = Pick<NumberRule, 'whole'>;

/** Reads values by the descriptions of their fields; each method throws an `InputProblem` with the label of the field. */
class DescribedValues {
	/** @param descriptions those of all fields that are read, and perhaps of others. */
	constructor(private readonly descriptions: readonly INodeProperties[]) {}

	protected describe(name: string): INodeProperties {
		const description = this.descriptions.find((one) => one.name === name);
		if (!description) throw new Error(`There is no field named ${name}`);
		return description;
	}

	protected toNumber(
		{ displayName, typeOptions = {} }: INodeProperties,
		value: unknown,
		rule: Whole,
	): number {
		const { minValue: min = Number.MIN_SAFE_INTEGER, maxValue: max } = typeOptions;
		return checkNumber(displayName, value, { min, max, whole: rule.whole });
	}
}

/** The fields of an operation as one item has them; a field that is not saved with the workflow has its default. */
export class FieldReader extends DescribedValues {
	constructor(
		private readonly item: Pick<ItemParameters, 'parameter'>,
		descriptions: readonly INodeProperties[],
	) {
		super(descriptions);
	}

	number(name: string, rule: Whole = {}): number {
		return this.toNumber(this.describe(name), this.value(name), rule);
	}

	/** A text without white space around it. */
	text(name: string): string {
		return checkText(this.describe(name).displayName, this.value(name) ?? '').trim();
	}

	boolean(name: string): boolean {
		return checkBoolean(this.describe(name).displayName, this.value(name));
	}

	/** One of the values that the editor offers, which are those of the type. */
	choice<T extends string>(name: string): T {
		const { displayName, options = [] } = this.describe(name);
		const values = options.map((option) => ('value' in option ? (option.value as T) : ('' as T)));
		return checkChoice(displayName, this.value(name), values);
	}

	private value(name: string): unknown {
		return this.item.parameter(name, this.describe(name).default);
	}
}

/** The options of a collection as one item has them; undefined when an option is not added. */
export class OptionReader extends DescribedValues {
	constructor(
		private readonly options: IDataObject,
		descriptions: readonly INodeProperties[],
	) {
		super(descriptions);
	}

	number(name: string, rule: Whole = {}): number | undefined {
		return this.read(name, (option, value) => this.toNumber(option, value, rule));
	}

	/** The number of an option whose default in the editor also holds when it is not added. */
	numberOrDefault(name: string, rule: Whole = {}): number {
		return this.number(name, rule) ?? (this.describe(name).default as number);
	}

	/** A text without white space around it; undefined when it is empty, too. */
	text(name: string): string | undefined {
		return this.read(name, ({ displayName }, value) => checkText(displayName, value).trim() || undefined);
	}

	boolean(name: string): boolean | undefined {
		return this.read(name, ({ displayName }, value) => checkBoolean(displayName, value));
	}

	/** The seconds of an option, in milliseconds. */
	ms(name: string, rule?: Whole): number | undefined {
		const seconds = this.number(name, rule);
		return seconds === undefined ? undefined : seconds * 1000;
	}

	private read<T>(name: string, check: (option: INodeProperties, value: unknown) => T): T | undefined {
		const value = this.options[name];
		return value === undefined ? undefined : check(this.describe(name), value);
	}
}
