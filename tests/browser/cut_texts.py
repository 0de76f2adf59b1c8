"""Texts of ours that somebody cannot read as a whole, because something cuts them and shows no ellipsis."""

from __future__ import annotations

from playwright.sync_api import Page

# A box of one pixel is a text for screen readers only. What can be scrolled is not cut, but nobody should
# have to scroll sideways.
_FIND = """() => {
    const found = [];
    const isCut = (node) => {
        const parent = node.parentElement;
        if (!node.data.trim()) return false;
        if (!parent.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false;
        let [left, right] = [0, innerWidth];
        for (let each = parent; each !== document.documentElement; each = each.parentElement) {
            const style = getComputedStyle(each);
            if (style.overflowX === "visible") continue;
            if (style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none") return false;
            if (["auto", "scroll"].includes(style.overflowX)) return false;
            const box = each.getBoundingClientRect();
            [left, right] = [Math.max(left, box.left), Math.min(right, box.right)];
        }
        const range = document.createRange();
        range.selectNodeContents(node);
        const boxes = [...range.getClientRects()].filter((box) => box.width > 1.5);
        return right - left > 1.5 && boxes.some((box) => box.right > right + 1.5 || box.left < left - 1.5);
    };
    for (const root of document.querySelectorAll(".vcm")) {
        const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) if (isCut(texts.currentNode)) found.push(texts.currentNode.data.trim());
        for (const each of root.querySelectorAll("*")) {
            const canScroll = ["auto", "scroll"].includes(getComputedStyle(each).overflowX);
            const isWide = each.scrollWidth > each.clientWidth + 1;
            if (canScroll && isWide) found.push(`sideways in ${each.className}`);
        }
    }
    const isWider = document.documentElement.scrollWidth > innerWidth + 1;
    return isWider ? [...found, "the page is wider than the window"] : found;
}"""


def cut_texts(page: Page) -> list[str]:
    """Return the texts that are cut at a side, the panes that scroll sideways, and whether the page does."""
    found: list[str] = page.evaluate(_FIND)
    return [f"cut: {text}" for text in found]
