/* What stands where in a mail, and in which colors: asked by test_mail_look
 * and test_mail_dark within the page, which is another each time: names are
 * declared so that they may be declared again. */
"use strict";

var ARABIC = "(?:(?=\\p{L})\\p{Script=Arabic})";
var HAS_ARABIC = new RegExp(ARABIC, "u");
var HAS_LATIN = /\p{Script=Latin}/u;

/* ---- text that can be seen */

function seen(node) {
    const range = document.createRange();
    range.selectNodeContents(node);
    return [...range.getClientRects()].some((r) => r.width * r.height > 0) &&
        !node.parentElement.closest('[style*="display:none"]');
}

function blockOf(node) {
    let at = node.parentElement;
    while (getComputedStyle(at).display === "inline")
        at = at.parentElement;
    return at;
}

/* block: its text nodes */
function blocks() {
    const found = new Map();
    const walker = document.createTreeWalker(document.body,
        NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode());) {
        if (!node.data.trim() || !seen(node))
            continue;
        const block = blockOf(node);
        found.set(block, [...(found.get(block) || []), node]);
    }
    return found;
}

function brief(text) {
    return text.replace(/\s+/g, " ").trim().slice(0, 160);
}

/* Blocks that run the wrong way, or begin at the wrong side. */
function turned(dir) {
    const side = dir === "rtl" ? "right" : "left";
    return [...blocks().keys()].filter((block) => {
        const style = getComputedStyle(block);
        return style.direction !== dir ||
            ![side, "center"].includes(style.textAlign);
    }).map((block) => brief(block.outerHTML));
}

/* ---- order
 *
 * A unit is a block, or what is set apart in it by a direction of its own. It
 * is read token by token: a name, an address or a number is one, whichever way
 * its unit runs, and so is what runs against its unit. Tokens follow each
 * other in the direction of the unit, and the characters of each in its own. */

/* What a text should run like, in a mail of a direction. */
function due(text, dir) {
    const arabic = HAS_ARABIC.test(text), latin = HAS_LATIN.test(text);
    if (arabic && latin)
        return dir;
    return arabic ? "rtl" : "ltr";
}

function placeOf(node, from, to) {
    const range = document.createRange();
    range.setStart(node, from);
    range.setEnd(node, to);
    const rects = [...range.getClientRects()].filter((r) => r.width > 0.01);
    if (rects.length === 0)
        return null;
    const r = rects[rects.length - 1];
    return {left: r.left, right: r.right, middle: (r.top + r.bottom) / 2};
}

var SEGMENTS = new Intl.Segmenter("ar", {granularity: "grapheme"});

/* The text of a unit and the place of each code unit of it; what is set apart
 * within it is one U+FFFC. Inner units go to `inner`. */
function read(unit, inner) {
    let text = "";
    const places = [];
    const take = (node) => {
        if (node.nodeType === Node.TEXT_NODE) {
            if (!seen(node))
                return;
            for (const {segment, index} of SEGMENTS.segment(node.data)) {
                const place = segment.trim() &&
                    placeOf(node, index, index + segment.length);
                for (let i = 0; i < segment.length; i++) {
                    text += segment[i];
                    places.push(i === 0 && place || null);
                }
            }
        } else if (node.nodeType === Node.ELEMENT_NODE) {
            if (node.hasAttribute("dir")) {
                inner.push(node);
                text += "\ufffc";
                places.push(...outline(node));
            } else if (getComputedStyle(node).display === "inline") {
                node.childNodes.forEach(take);
            }
        }
    };
    unit.childNodes.forEach(take);
    return {text, places};
}

/* Of an inner unit: where it begins and ends, line by line; one place where it
 * is on one line, else none. */
function outline(element) {
    const rects = [...element.getClientRects()].filter((r) => r.width > 0.01);
    const tops = new Set(rects.map((r) => Math.round(r.top / 8)));
    if (tops.size !== 1)
        return [null];
    return [{left: Math.min(...rects.map((r) => r.left)),
        right: Math.max(...rects.map((r) => r.right)),
        middle: (rects[0].top + rects[0].bottom) / 2}];
}

var LINK = "https?://[^\\s]+(?<![.,])|[\\w.+-]+@[\\w-]+(?:\\.[\\w-]+)+";
var NUMBER = "\\+\\d[\\d ]*\\d|[\\d٠-٩۰-۹]+(?:[.,:+٬٫][\\d٠-٩۰-۹]+)*";
var WORD = "(?:[A-Za-z\u00c0-\u024f][\\w\u00c0-\u024f'’&/+#-]*(?:\\.(?=\\w))?)+";
/* A run of words within Arabic; the dot of an initial is a part of it. */
var WORDS = `${WORD}(?:[ ]+(?!${LINK})(?:\\d[\\w+-]*|${WORD}))*` +
    "(?:(?<=(?:^|[^\\w])[A-Z])\\.)?";
var LTR = new RegExp(`${LINK}|${NUMBER}|${WORDS}`, "uy");
var LTR_WORD = new RegExp(`${LINK}|${NUMBER}|${WORD}`, "uy");
var RUN = `${ARABIC}[\\p{Script=Arabic}\\p{M}\\u200c]*`;
var RTL = new RegExp(`${RUN}(?:[ ،؛:«»-]+${RUN})*`, "uy");
var RTL_WORD = new RegExp(RUN, "uy");
var ANY = /[\s\S]/uy;

/* [text, begin, end, direction] of each token. */
function tokens(text, dir) {
    const kinds = dir === "rtl" ?
        [[LTR, "ltr"], [RTL_WORD, "rtl"], [ANY, ""]] :
        [[RTL, "rtl"], [LTR_WORD, "ltr"], [ANY, ""]];
    const out = [];
    for (let at = 0; at < text.length;) {
        for (const [pattern, its] of kinds) {
            pattern.lastIndex = at;
            const found = pattern.exec(text);
            if (!found)
                continue;
            if (found[0].trim())
                out.push([found[0], at, at + found[0].length, its]);
            at += found[0].length;
            break;
        }
    }
    return out;
}

function lineOf(place) {
    return place.middle;
}

/* Are two on one line, and the wrong way round? */
function crossed(one, next, dir) {
    if (Math.abs(lineOf(one) - lineOf(next)) > 6)
        return false;
    const a = (one.left + one.right) / 2, b = (next.left + next.right) / 2;
    return dir === "rtl" ? b > a + 0.5 : b < a - 0.5;
}

/* Of places that share a line with the first or the last of them. */
function span(places, last) {
    const whole = places.filter((place) => place);
    const on = whole[last ? whole.length - 1 : 0];
    const line = whole.filter((p) => Math.abs(lineOf(p) - lineOf(on)) <= 6);
    return {left: Math.min(...line.map((p) => p.left)),
        right: Math.max(...line.map((p) => p.right)), middle: on.middle};
}

function look(unit, dir, said) {
    const inner = [];
    const {text, places} = read(unit, inner);
    let before = null;
    for (const [token, from, to, its] of tokens(text, dir)) {
        const own = places.slice(from, to);
        const glyphs = own.filter((place) => place);
        if (glyphs.length === 0)
            continue;
        said.tokens.push(token);
        for (let i = 1; i < glyphs.length; i++) {
            if (crossed(glyphs[i - 1], glyphs[i], its))
                said.faults.push(`within '${token}' of '${brief(text)}'`);
        }
        if (before && crossed(span(before.own, true), span(own, false), dir))
            said.faults.push(
                `'${token}' after '${before.token}' of '${brief(text)}'`);
        before = {token, own};
    }
    return inner;
}

/* What stands in the wrong order, in a mail of a direction; all tokens and inner
 * units that were looked at. */
function order(dir) {
    const said = {faults: [], tokens: []};
    for (const block of blocks().keys()) {
        const units = look(block, dir, said);
        while (units.length > 0) {
            const unit = units.pop();
            const its = due(unit.textContent, dir);
            if (unit.dir !== its)
                said.faults.push(`dir=${unit.dir}: '${brief(unit.innerText)}'`);
            units.push(...look(unit, its, said));
            said.tokens.push(brief(unit.textContent));
        }
    }
    said.faults = [...new Set(said.faults)];
    return said;
}

/* ---- room */

function sideways() {
    const width = document.documentElement.clientWidth;
    const wide = [...document.querySelectorAll("body *")].filter((e) => {
        const r = e.getBoundingClientRect();
        return r.width > 0 && (r.left < -0.5 || r.right > width + 0.5);
    }).map((e) => e.outerHTML.slice(0, 200));
    return document.scrollingElement.scrollWidth > width ? wide.concat(
        "the page is wider than its window") : wide;
}

/* ---- colors */

function rgba(text) {
    const n = text.match(/[\d.]+/g).map(Number);
    return n.length === 3 ? [...n, 1] : n;
}

function light([r, g, b]) {
    const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= 0.04045 ?
        c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
}

function ground(element, canvas) {
    for (let at = element; at; at = at.parentElement) {
        const color = rgba(getComputedStyle(at).backgroundColor);
        if (color[3] === 1)
            return color;
    }
    return canvas;
}

/* Text, and what stands for pictures that did not come, that is hard to read
 * on its ground. */
function faint(canvas) {
    const all = [...blocks().values()].flat().map((node) =>
        [node.parentElement, node.data]);
    for (const image of document.images) {
        if (image.alt)
            all.push([image, image.alt]);
    }
    return all.map(([element, text]) => {
        const on = light(ground(element, canvas));
        const of = light(rgba(getComputedStyle(element).color));
        const ratio = (Math.max(on, of) + 0.05) / (Math.min(on, of) + 0.05);
        return [Math.round(ratio * 100) / 100, brief(text)];
    }).filter(([ratio]) => ratio < 4.5);
}

/* ---- what mail programs do
 *
 * Each gets the page as it came and makes of it about what that program does,
 * as far as that is published. */

/* Gmail on telephones, for accounts of others: no <style>, and what stood on
 * <html> and <body> is gone. */
function bare() {
    document.querySelectorAll("style").forEach((style) => style.remove());
    for (const element of [document.documentElement, document.body]) {
        for (const {name} of [...element.attributes])
            element.removeAttribute(name);
    }
}

/* The other end of the scale of lightness, with the hue kept. */
function inverted([r, g, b]) {
    const most = Math.max(r, g, b), least = Math.min(r, g, b);
    const shift = 255 - most - least;
    return `rgb(${r + shift},${g + shift},${b + shift})`;
}

function eachColor(change) {
    for (const element of document.querySelectorAll("body, body *")) {
        const {color, backgroundColor} = element.style;
        change(element, color && rgba(color),
            backgroundColor && rgba(backgroundColor));
    }
}

/* Gmail in the dark: all colors, or those that are bright grounds and dark
 * text alone. The page has no say in it. */
function gmail(whole) {
    bare();
    eachColor((element, color, back) => {
        if (back && (whole || light(back) > 0.4))
            element.style.backgroundColor = inverted(back);
        if (color && (whole || light(color) < 0.3))
            element.style.color = inverted(color);
    });
}

/* Outlook.com in the dark: it writes colors of its own and notes the old ones,
 * on each element; on the wrapper, too, as some of its versions do. */
function outlook(wrapper, repaint) {
    if (wrapper) {
        document.documentElement.setAttribute("data-ogsc", "");
        document.documentElement.setAttribute("data-ogsb", "");
    }
    if (!repaint)
        return;
    eachColor((element, color, back) => {
        if (back) {
            element.setAttribute("data-ogsb", element.style.backgroundColor);
            if (light(back) > 0.4)
                element.style.backgroundColor = inverted(back);
        }
        if (color) {
            element.setAttribute("data-ogsc", element.style.color);
            if (light(color) < 0.3)
                element.style.color = inverted(color);
        }
    });
}
