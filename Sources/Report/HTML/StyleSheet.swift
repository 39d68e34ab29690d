/// The look of the HTML report. Colours are pairs checked to 4.5:1 in both schemes.
enum StyleSheet {
    static let css: StaticString = """
        :root{color-scheme:light dark;--bg:#f5f4f1;--card:#fff;--soft:#faf9f7;--ink:#1e1c19;\
        --mute:#5c574e;--line:#dfdbd3;--hard:#8b857a;--fire:#a83c0b;--focus:#1b5fb8;\
        --cri:#9f1029;--cri-t:#fbe7ea;--hig:#9a3d06;--hig-t:#fdebdd;--med:#6d5200;--med-t:#f8f0d0;\
        --low:#1b577c;--low-t:#e2eff7;--inf:#4e555d;--inf-t:#eceef0;--on:#fff;--mark:#fff0b8;\
        --mono:ui-monospace,"Cascadia Mono","SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
        @media (prefers-color-scheme:dark){:root{--bg:#131210;--card:#1b1a17;--soft:#21201c;\
        --ink:#ebe7e0;--mute:#aaa498;--line:#35322c;--hard:#7d776c;--fire:#ff9d63;--focus:#8ab8ff;\
        --cri:#ff919c;--cri-t:#431a20;--hig:#ffb07c;--hig-t:#3d2413;--med:#e6c862;--med-t:#352c10;\
        --low:#8ac8ec;--low-t:#152c3b;--inf:#b7bdc4;--inf-t:#282b2f;--on:#171513;--mark:#5a4a12}}
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
        body{margin:0;background:var(--bg);color:var(--ink);font:14px/1.5 system-ui,-apple-system,\
        "Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums}
        .wrap{max-width:1280px;margin:0 auto;padding:0 24px}
        a{color:inherit;text-decoration-color:var(--hard);text-underline-offset:2px}
        a:hover{text-decoration-color:currentColor}
        :focus-visible{outline:2px solid var(--focus);outline-offset:2px;border-radius:3px}
        .skip{position:absolute;left:8px;top:-60px;background:var(--card);padding:8px 12px;\
        z-index:9}
        .skip:focus{top:8px}
        h1,h2,h3,h4,p,ol,ul,dl,dd,pre{margin:0;padding:0}
        h1{font-size:26px;line-height:1.2;letter-spacing:-.015em;font-weight:650;text-wrap:balance}
        h2{font-size:17px;font-weight:650;letter-spacing:-.01em}
        h3{font-size:18px;line-height:1.3;font-weight:650;letter-spacing:-.01em;text-wrap:balance}
        h4{font-size:11.5px;font-weight:650;letter-spacing:.06em;text-transform:uppercase;\
        color:var(--mute);margin:0 0 8px}
        code,pre,.mono{font-family:var(--mono);font-size:12px}
        .mute{color:var(--mute)} .num{text-align:right;white-space:nowrap}
        .techs{grid-column:1/-1;margin-top:6px} .techs h4{margin-bottom:6px}
        .top{display:flex;gap:10px;align-items:center;padding:14px 0 10px;color:var(--mute);\
        font-size:13px}
        .top svg{width:20px;height:20px;fill:var(--fire);flex:none}
        .top b{color:var(--ink);font-size:15px;letter-spacing:.01em}
        .top .when{margin-left:auto;text-align:right}
        .lead{padding:14px 0 18px}
        .lead p{color:var(--mute);margin-top:6px;max-width:90ch}
        .lead code{color:var(--ink);overflow-wrap:anywhere}
        nav{position:sticky;top:0;z-index:5;background:var(--bg);\
        border-bottom:1px solid var(--line)}
        nav ul{list-style:none;display:flex;gap:2px;overflow-x:auto;scrollbar-width:none}
        nav a{display:block;padding:9px 12px;text-decoration:none;color:var(--mute);\
        white-space:nowrap;font-weight:550}
        nav a:hover{color:var(--ink);box-shadow:inset 0 -2px var(--fire)}
        section{padding:26px 0 4px;scroll-margin-top:40px} section>h2{margin-bottom:12px}
        .card{background:var(--card);border:1px solid var(--line);border-radius:10px;\
        padding:18px 20px;margin-bottom:16px}
        .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(128px,1fr));\
        background:var(--card);border:1px solid var(--line);border-radius:10px;overflow:hidden}
        .tiles div{padding:11px 16px 12px;box-shadow:-1px 0 var(--line),0 -1px var(--line)}
        .tiles dt{color:var(--mute);font-size:12px}
        .tiles dd{font-size:20px;font-weight:620;line-height:1.25;letter-spacing:-.01em}
        .tiles dd small{display:block;font-size:12px;font-weight:400;color:var(--mute);\
        letter-spacing:0;overflow-wrap:anywhere}
        .lv{display:inline-block;font-size:10.5px;font-weight:700;letter-spacing:.05em;\
        line-height:17px;padding:0 6px;border-radius:4px;white-space:nowrap;vertical-align:1px}
        .lv-critical{background:var(--cri);color:var(--on)}
        .lv-high{background:var(--hig-t);color:var(--hig);box-shadow:inset 0 0 0 1px var(--hig)}
        .lv-medium{background:var(--med-t);color:var(--med)}
        .lv-low{background:var(--low-t);color:var(--low)}
        .lv-informational{background:var(--inf-t);color:var(--inf)}
        .list{list-style:none;background:var(--card);border:1px solid var(--line);\
        border-radius:10px;overflow:hidden;margin-bottom:16px}
        .list li{display:grid;grid-template-columns:84px 92px minmax(0,1fr) 210px 152px 76px;\
        gap:14px;\
        padding:9px 16px;align-items:center}
        .list li+li{border-top:1px solid var(--line)} .list a{font-weight:600;text-decoration:none}
        .list a:hover{text-decoration:underline}
        .list span{overflow-wrap:anywhere}
        .bar{display:inline-block;width:52px;height:6px;border-radius:3px;background:var(--line);\
        overflow:hidden;vertical-align:middle;margin-right:8px}
        .bar i{display:block;height:100%;background:var(--fire)}
        .inc{padding:0;overflow:hidden;border-top:3px solid var(--hard)}
        .inc-critical{border-top-color:var(--cri)} .inc-high{border-top-color:var(--hig)}
        .inc-medium{border-top-color:var(--med)} .inc-low{border-top-color:var(--low)}
        .inc>details>summary{list-style:none}
        .inc>details>summary{padding:16px 20px 14px 44px;display:grid;position:relative;\
        grid-template-columns:minmax(0,1fr) auto;gap:6px 24px}
        .inc>details>summary::-webkit-details-marker{display:none}
        .inc>details>summary:before{content:"";position:absolute;left:21px;top:23px;width:7px;\
        height:7px;border:solid var(--hard);border-width:0 2px 2px 0;transform:rotate(-45deg)}
        .inc>details[open]>summary:before{transform:rotate(45deg)}
        .inc>details>summary:hover{background:var(--soft)}
        .inc h3{margin-top:5px;overflow-wrap:anywhere} .body{scroll-margin-top:150px}
        .meters{display:flex;gap:22px;align-self:start}
        .meters div{min-width:92px} .meters dt{font-size:12px;color:var(--mute)}
        .meters dd{font-size:22px;font-weight:640;line-height:1.15} .meters small{font-size:12px;\
        font-weight:400;color:var(--mute)} .meters .bar{display:block;width:100%;margin:5px 0 0}
        .meters .sure i{background:var(--low)}
        .part{padding:16px 20px;border-top:1px solid var(--line)}
        .two{display:grid;grid-template-columns:minmax(0,1.55fr) minmax(0,1fr);gap:8px 36px}
        .story{list-style:none;counter-reset:s;max-width:78ch}
        .story li{counter-increment:s;position:relative;padding:0 0 9px 30px;overflow-wrap:anywhere}
        .story li:before{content:counter(s);position:absolute;left:0;top:1px;width:19px;\
        height:19px;\
        border-radius:50%;background:var(--soft);border:1px solid var(--line);font-size:11px;\
        line-height:17px;text-align:center;color:var(--mute)}
        .story li:not(:last-child):after{content:"";position:absolute;left:9px;top:23px;bottom:0;\
        border-left:1px solid var(--line)}
        .facts{display:grid;grid-template-columns:minmax(76px,max-content) minmax(0,1fr);\
        gap:5px 14px}
        .facts dt{color:var(--mute)} .facts dd{overflow-wrap:anywhere}
        .chip{display:inline-block;padding:0 7px;border:1px solid var(--line);border-radius:5px;\
        background:var(--soft);margin:0 4px 4px 0;font-size:12.5px;line-height:20px;\
        overflow-wrap:anywhere}
        .scroll{overflow-x:auto;border:1px solid var(--line);border-radius:8px;\
        background:var(--soft)}
        .note{font-size:12.5px;color:var(--mute);margin-top:6px}
        table{border-collapse:collapse;width:100%;font-size:13px}
        th{text-align:left;font-weight:600;color:var(--mute);font-size:12px;padding:4px 12px 6px 0;\
        white-space:nowrap;border-bottom:1px solid var(--line)}
        td{padding:5px 12px 5px 0;vertical-align:top;border-bottom:1px solid var(--line);\
        overflow-wrap:anywhere}
        tr:last-child td{border-bottom:0}
        td.t{white-space:nowrap;color:var(--mute)} th.num{text-align:right}
        summary{cursor:pointer;list-style-position:outside}
        details>summary::marker{color:var(--hard)}
        .more>summary{padding:2px 0;font-weight:550}
        .more[open]>summary{margin-bottom:8px}
        .tree,.tree ul{list-style:none}
        .tree ul{margin-left:7px;padding-left:17px;border-left:1px solid var(--line)}
        .tree li{position:relative;padding:3px 0}
        .tree ul>li:before{content:"";position:absolute;left:-17px;top:14px;width:12px;\
        border-top:1px solid var(--line)}
        .tree code{display:block;color:var(--mute);overflow-wrap:anywhere}
        .tree b{font-weight:600}
        .rules{background:var(--card);border:1px solid var(--line);border-radius:10px;\
        overflow:hidden} .rule>div{scroll-margin-top:110px} .rule+.rule{border-top:1px solid var(--line)}
        .rule>summary{display:grid;grid-template-columns:84px minmax(0,1fr) auto;gap:0 12px;\
        padding:7px 16px;align-items:baseline;list-style:none}
        .rule>summary::-webkit-details-marker{display:none}
        .rule>summary b{font-weight:600;overflow-wrap:anywhere}
        .rule>summary:hover{background:var(--soft)} .rule[open]>summary{border-bottom:1px solid \
        var(--line)}
        .rule>div{padding:12px 16px 14px 112px;background:var(--soft)}
        .rule>.note{padding:8px 16px 12px 112px;margin:0;background:none}
        .by{grid-column:2/-1;color:var(--mute);font-size:12.5px;overflow-wrap:anywhere}
        .alert{border-top:1px solid var(--line)}
        .alert>summary{padding:5px 16px 5px 112px;text-indent:-14px;overflow-wrap:anywhere}
        .alert>summary:hover{background:var(--soft)}
        .alert>div{padding:4px 16px 16px 112px}
        .why{border-left:3px solid var(--fire);padding:2px 0 2px 12px;margin:6px 0 12px}
        .why li{list-style:none;overflow-wrap:anywhere;padding:2px 0}
        .fields{display:grid;grid-template-columns:minmax(90px,210px) minmax(0,1fr);\
        font:12px/1.5 var(--mono);border:1px solid var(--line);border-radius:6px;overflow:hidden}
        .fields dt,.fields dd{padding:2px 10px;border-top:1px solid var(--line);\
        overflow-wrap:anywhere;white-space:pre-wrap}
        .fields dt{color:var(--mute);background:var(--soft)}
        .fields dt:first-child,.fields dt:first-child+dd{border-top:0}
        .fields .hit{background:var(--mark);color:var(--ink)}
        pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--soft);padding:8px 10px;\
        border:1px solid var(--line);border-radius:6px;max-height:340px;overflow:auto}
        .cut{color:var(--fire);font-style:italic}
        .matrix{display:flex;gap:6px;align-items:stretch}
        .matrix>div{flex:1 1 0;min-width:0}
        .matrix>.none{flex:0 0 30px;background:var(--soft);border:1px solid var(--line);\
        border-radius:6px;color:var(--mute);writing-mode:vertical-rl;font-size:11.5px;\
        padding:8px 5px;text-align:left;min-height:190px}
        .matrix h3{font-size:12px;line-height:1.25;min-height:34px;letter-spacing:0;\
        overflow-wrap:anywhere;margin-bottom:4px}
        .tech{padding:5px 7px;border-radius:5px;margin-bottom:4px;font-size:12px;line-height:1.3;\
        overflow-wrap:anywhere;border-left:3px solid}
        .tech small{display:flex;justify-content:space-between;flex-wrap:wrap;gap:0 6px;\
        font-size:11px}
        .tech-critical{background:var(--cri-t);border-color:var(--cri);color:var(--cri)}
        .tech-high{background:var(--hig-t);border-color:var(--hig);color:var(--hig)}
        .tech-medium{background:var(--med-t);border-color:var(--med);color:var(--med)}
        .tech-low{background:var(--low-t);border-color:var(--low);color:var(--low)}
        .tech-informational{background:var(--inf-t);border-color:var(--inf);color:var(--inf)}
        svg text{font-family:inherit;fill:var(--ink)}
        svg .m{fill:var(--mute)} svg .grid{stroke:var(--line)} svg .axis{stroke:var(--hard)}
        .f-critical{fill:var(--cri)} .f-high{fill:var(--hig)} .f-medium{fill:var(--med)}
        .f-low{fill:var(--low)} .f-informational{fill:var(--inf)} .f-root{fill:var(--fire)}
        .s-critical{stroke:var(--cri)} .s-high{stroke:var(--hig)} .s-medium{stroke:var(--med)}
        .s-low{stroke:var(--low)} .s-informational{stroke:var(--hard)}
        .chart{display:block;width:100%;height:auto}
        .graph{display:block;margin:0 auto}
        .graph .lane{fill:none;stroke:var(--line)} .graph .lane.alt{fill:var(--card)}
        .graph .box{fill:var(--card);stroke:var(--hard)} .graph .fold{stroke-dasharray:3 3}
        .graph .e{fill:none;stroke:var(--hard);stroke-width:1.2}
        .graph .hot{stroke:var(--fire);stroke-width:1.8}
        .graph .head{fill:var(--hard)} .graph .head.hot{fill:var(--fire);stroke:none}
        .graph .why-t{font-size:10px;fill:var(--mute);paint-order:stroke;stroke:var(--soft);\
        stroke-width:3.5px;stroke-linejoin:round}
        .graph .in-alt{stroke:var(--card)}
        .graph .n{font-size:11.5px;font-weight:600} .graph .k{font-size:10.5px;fill:var(--mute)}
        .graph .chart-t{font-size:12px} .graph .lane-t{font-size:11px;font-weight:650;\
        fill:var(--mute);letter-spacing:.03em}
        .graph .c{font-size:9.5px;font-weight:700;fill:var(--on)}
        .graph .ico{fill:none;stroke:var(--mute);stroke-width:1.2;stroke-linejoin:round}
        footer{padding:22px 0 40px;color:var(--mute);font-size:12.5px}
        @media (max-width:860px){.two,.inc>details>summary{grid-template-columns:minmax(0,1fr)}
        .list li{grid-template-columns:auto 1fr auto;gap:3px 10px}
        .list li>:nth-child(3){grid-column:1/-1;grid-row:2}
        .list li>:nth-child(4){grid-column:1/-1} .list li>:nth-child(5){grid-column:1/3}
        .matrix{display:block} .matrix>.none{display:none} .matrix>div{margin-bottom:12px}
        .matrix h3{min-height:0} .rule>summary{grid-template-columns:auto 1fr}
        .rule>summary b{grid-column:1/-1;grid-row:2} .by{grid-column:1/-1}
        .rule>div,.rule>.note,.alert>div{padding-left:16px}.alert>summary{padding-left:30px}}
        @media (max-width:560px){.wrap{padding:0 14px} h1{font-size:22px}
        .part,.card{padding-left:14px;padding-right:14px} .inc>details>summary{padding-right:14px} .card.inc{padding:0}
        .tiles{grid-template-columns:1fr 1fr} .top .when{display:none}
        .fields{grid-template-columns:minmax(0,1fr)} .fields dd{border-top:0}
        .fields dt:first-child+dd{border-top:0}
        .stack thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
        .stack tr,.stack td{display:block;border:0} .stack td{padding:1px 0}
        .stack td:empty{display:none}
        .stack.line td:nth-child(n){display:inline;margin-right:8px}
        .stack.line td:nth-child(3){display:block}
        .stack tr{padding:7px 0;border-bottom:1px solid var(--line)} .stack .num{text-align:left}}
        @media print{body{background:#fff;font-size:11px} nav,.skip{display:none}
        .card,.rule,.list,.tiles{break-inside:auto} .part,tr,.alert>summary{break-inside:avoid}
        details::details-content{content-visibility:visible;block-size:auto}
        .scroll{overflow:visible} .graph{width:100%!important;min-width:0!important;height:auto}}
        @media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
        """
}
