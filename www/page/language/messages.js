// All messages of the page, by their keys, in every language it speaks.

import { CHECK } from "./messages/check.js";
import { EDITOR } from "./messages/editor.js";
import { EDITS } from "./messages/edits.js";
import { ENCODERS } from "./messages/encoders.js";
import { FAILURES } from "./messages/failures.js";
import { FILES } from "./messages/files.js";
import { KEYS } from "./messages/keys.js";
import { MODEL } from "./messages/model.js";
import { NOTES } from "./messages/notes.js";
import { OTHERS } from "./messages/others.js";
import { PAGE } from "./messages/page.js";
import { STATUS } from "./messages/status.js";
import { TRAINING } from "./messages/training.js";
import { WORKSPACE } from "./messages/workspace.js";

export const MESSAGES = { ...PAGE, ...STATUS, ...NOTES, ...EDITOR, ...KEYS, ...EDITS, ...FILES, ...CHECK, ...TRAINING, ...ENCODERS, ...MODEL, ...OTHERS, ...FAILURES, ...WORKSPACE };
