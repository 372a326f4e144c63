// What the page has beside the answer: the form, and what explains the answer. Loaded once that is painted.

import "../style/whole.css";
import "./advice";
import "./beside";
import "./held";
import "./kept";
import "./ledger";
import "./recent";
import "./setup";
