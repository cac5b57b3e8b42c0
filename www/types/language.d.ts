// The page's words: the table of messages, and words that are said later.

declare namespace Page {
  type LanguageCode = "en" | "de";

  type MessageTable = typeof import("../page/language/messages.js").MESSAGES;
  type MessageKey = keyof MessageTable;

  /** The names between braces in a message, such as `count` of "{count:# note|# notes} in {file}". */
  type ParameterName<T extends string> = T extends `${string}{${infer Inside}}${infer Rest}`
    ? (Inside extends `${infer Name}:${string}` ? Name : Inside) | ParameterName<Rest>
    : never;

  /** What a message's parameters become: numbers are written as the language does. */
  type MessageValue = Said | number;

  /** The arguments after a key: none where its message has no parameter. */
  type MessageValues<K extends MessageKey> = [ParameterName<MessageTable[K]["en"]>] extends [never]
    ? []
    : [values: Record<ParameterName<MessageTable[K]["en"]>, MessageValue>];

  /** A message that is said later, in the language that is chosen then. */
  interface Phrase {
    key: MessageKey;
    values?: Record<string, MessageValue>;
  }

  /** What somebody says: a message of the page, plain words of others, or several sentences. */
  type Said = string | Phrase | readonly Said[];
}
