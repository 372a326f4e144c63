// The charts, in a file of their own because they are loaded after the first answer.

import "./article";
import "./map";
import "./timeline";
