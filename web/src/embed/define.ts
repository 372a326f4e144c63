// Registers <tensor-ledger>: the one line that a page needs.

import { define } from "../elements/light";
import { TensorLedger } from "./element";

define("tensor-ledger", TensorLedger);

export { TensorLedger };
