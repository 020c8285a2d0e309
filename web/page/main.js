// SPDX-License-Identifier: GPL-3.0-or-later
import {start} from "./app.js";
import "./colour.js";
import "./pad.js";
import "./corners.js";
import "./knobs.js";
import "./map.js";
import "./view.js";
import "./notes.js";
import "./piano.js";
import "./typing.js";
import "./presets.js";
import "./tools.js";
import "./figures.js";

start();
