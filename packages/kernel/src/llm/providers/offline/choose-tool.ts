import { AiosError, type ChatRequest, type ToolSpecification } from '@aios/protocol';
import { propertiesOf } from './tool-arguments.ts';
import { stem, topicStems, words } from './words.ts';

const searchWords = stemSet('search find lookup look retrieve query recall');
const documentWords = stemSet('document file passage page folder knowledge');
const memoryWords = stemSet('memory note recall remember');
/** The user speaks of what was said or learned before. */
const ofThePast =
  /\b(?:remember|recall|remind|earlier|previously|last time|(?:I|we|you) (?:told|said|learned|noted))\b/;

/** The tool that the request demands, or the one that fits the question best. Throws when the demanded one is not offered. */
export function demandedTool(request: ChatRequest, question: string): ToolSpecification | undefined {
  const { tools = [], toolChoice } = request;
  if (typeof toolChoice === 'object') {
    const tool = tools.find(({ name }) => name === toolChoice.tool);
    if (tool !== undefined) return tool;
    const names = tools.map(({ name }) => name).join(', ') || 'none';
    throw new AiosError(
      'invalid_argument',
      `toolChoice names the tool "${toolChoice.tool}", which is not offered. Offered: ${names}.`,
    );
  }
  if (toolChoice !== 'required') return undefined;
  return searchTool(tools, question) ?? bestOf(tools, question);
}

/** The search-like tool, one with a text property `query`, that fits the question best. */
export function searchTool(
  tools: readonly ToolSpecification[],
  question: string,
): ToolSpecification | undefined {
  return bestOf(tools.filter(takesQuery), question);
}

export function takesQuery(tool: ToolSpecification): boolean {
  return propertiesOf(tool.inputSchema).query?.type === 'string';
}

function bestOf(tools: readonly ToolSpecification[], question: string): ToolSpecification | undefined {
  const asked = new Set(topicStems(question));
  const isOfThePast = ofThePast.test(question);
  let best: { tool: ToolSpecification; fit: number } | undefined;
  for (const tool of tools) {
    const fit = fitOf(tool, asked, isOfThePast);
    if (best === undefined || fit > best.fit) best = { tool, fit };
  }
  return best?.tool;
}

/** Search before anything else, documents before notes unless the user speaks of the past, then words in common. */
function fitOf(tool: ToolSpecification, asked: ReadonlySet<string>, isOfThePast: boolean): number {
  const name = stemSet(tool.name.replaceAll(/[_.]/g, ' '));
  const all = name.union(stemSet(tool.description));
  const searches = (isIn(name, searchWords) ? 3 : 0) + (isIn(all, searchWords) ? 1 : 0);
  const documents = isIn(all, documentWords) ? 3 : 0;
  const memory = isOfThePast && isIn(all, memoryWords) ? 4 : 0;
  return searches + documents + memory + 0.5 * Math.min(2, all.intersection(asked).size);
}

function isIn(stems: ReadonlySet<string>, wanted: ReadonlySet<string>): boolean {
  return !stems.isDisjointFrom(wanted);
}

function stemSet(text: string): Set<string> {
  return new Set(words(text).map(stem));
}
