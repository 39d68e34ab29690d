/// What pages bring along: one style sheet, one small module.
enum Assets {
    static let style = """
        :root { color-scheme: light dark; --ink: light-dark(#1c2024, #e8eaed);
          --soft: light-dark(#5b636b, #9aa3ad); --ground: light-dark(#fbfbf9, #14171a);
          --card: light-dark(#ffffff, #1c2125); --line: light-dark(#dfe2e5, #2c3238);
          --fire: light-dark(#b4431a, #ff9259); --critical: light-dark(#a3123a, #ff6d8f);
          --high: light-dark(#b4431a, #ff9259); --medium: light-dark(#7a5c00, #e7c04b); }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--ground); color: var(--ink);
          font: 15px/1.5 system-ui, sans-serif; }
        header { display: flex; gap: 1rem; align-items: center; justify-content: space-between;
          padding: .7rem 1.5rem; border-bottom: 1px solid var(--line); background: var(--card); }
        header a { font-weight: 700; color: var(--fire); text-decoration: none; }
        main { max-width: 76rem; margin: 1.5rem auto; padding: 0 1.5rem; }
        h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; margin-top: 2rem; }
        table { width: 100%; border-collapse: collapse; background: var(--card);
          border: 1px solid var(--line); }
        th, td { text-align: left; padding: .55rem .8rem; border-bottom: 1px solid var(--line);
          vertical-align: top; overflow-wrap: anywhere; }
        th { font-size: .8rem; color: var(--soft); }
        td.risk { font-variant-numeric: tabular-nums; font-weight: 700; }
        a { color: inherit; } time, .soft { color: var(--soft); }
        .level { font-weight: 600; } .level-critical { color: var(--critical); }
        .level-high { color: var(--high); } .level-medium { color: var(--medium); }
        form.card { max-width: 24rem; margin: 4rem auto; padding: 2rem; background: var(--card);
          border: 1px solid var(--line); border-radius: .6rem; }
        label { display: block; margin: 1rem 0 .25rem; }
        input { width: 100%; padding: .55rem; font: inherit; color: inherit;
          background: var(--ground); border: 1px solid var(--soft); border-radius: .35rem; }
        button { font: inherit; padding: .5rem 1.1rem; margin-top: 1.2rem; cursor: pointer;
          color: light-dark(#fff, #14171a); background: var(--fire); border: 0;
          border-radius: .35rem; }
        li { overflow-wrap: anywhere; } main form input { max-width: 26rem; display: block; }
        button + button { margin-left: .6rem; color: var(--fire); background: none;
          border: 1px solid var(--fire); }
        header button { margin: 0; padding: .3rem .8rem; }
        .wrong { color: var(--critical); font-weight: 600; }
        """

    /// Reads the feed and fetches the list anew when an incident changed; without it the page is as it was.
    static let module = """
        const list = document.querySelector("#incidents");
        let waiting = false;
        async function renew() {
          if (waiting) return;
          waiting = true;
          await new Promise((done) => setTimeout(done, 300));
          waiting = false;
          const answer = await fetch(location.href, { headers: { accept: "text/html" } });
          if (!answer.ok) return;
          const page = new DOMParser().parseFromString(await answer.text(), "text/html");
          const fresh = page.querySelector("#incidents");
          if (fresh && list) list.replaceChildren(...fresh.childNodes);
        }
        if (list) {
          const feed = new EventSource("/api/v1/feed" + location.search);
          feed.addEventListener("incident", renew);
        }
        """
}
