/* The browser's print dialogue; without a script the browser's own menu has it. */

const button = document.querySelector("#print");
button.hidden = false;
button.addEventListener("click", () => window.print());
