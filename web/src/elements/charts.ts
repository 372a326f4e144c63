// The charts, in a file of their own because they are loaded after the first answer.

import "./article";
import "./export";
import "./fits";
import "./limits";
import "./map";
import "./serving";
import "./sweep";
import "./timeline";
import "./treemap";
import "./trust";
