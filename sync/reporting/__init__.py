"""The report: one self-contained HTML page, and the decision file of one client. No script, prints on A4.

gather   ledger + figures of the last run  ->  Material
portfolio, clients   Material  ->  what the page shows, in words and positions of one language
charts   numbers  ->  SVG, drawn by hand: it is the page's own text, sharp on paper, a thousandth of a plotting library
"""
