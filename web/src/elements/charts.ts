// The charts, in a file of their own because they are loaded after the first answer.

import "./article";
import "./limits";
import "./map";
import "./timeline";
import "./trust";
