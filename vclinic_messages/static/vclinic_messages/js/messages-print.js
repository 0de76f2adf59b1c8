/* Open the browser's print dialogue. Without a script, people use the browser's menu. */

const button = document.querySelector("#print");
button.hidden = false;
button.addEventListener("click", () => window.print());
