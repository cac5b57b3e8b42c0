// What others can learn: of this site's updates, and of the sites that it has met.

export const OTHERS = /** @type {const} */ ({
  "others.title": { en: "What can others learn?", de: "Was können andere erfahren?" },
  "others.about": {
    en: "Each update is numbers: how the model’s shared part changed by training here. Numbers can give words away.",
    de: "Jede Aktualisierung besteht aus Zahlen: wie sich das gemeinsame Modul durch das Training hier verändert hat. Zahlen können Wörter verraten.",
  },
  "others.server": { en: "Whoever runs the server, without masks", de: "Wer den Server betreibt, ohne Masken" },
  "others.server-about": {
    en: "Has your update by itself. With a list of words, it can tell which of them your notes contain, most surely after a round of few notes. It can’t read sentences off it as they stand, but nobody has shown that it can’t learn more. Join only if you may trust it with that.",
    de: "Hat Ihre Aktualisierung für sich allein. Mit einer Wortliste lässt sich erkennen, welche der Wörter in Ihren Dokumenten stehen, am sichersten nach einer Runde mit wenigen Dokumenten. Ganze Sätze lassen sich nicht einfach ablesen; aber niemand hat gezeigt, dass nicht mehr zu erfahren ist. Treten Sie nur bei, wenn Sie dem Server das anvertrauen dürfen.",
  },
  "others.masked": {
    en: "Whoever runs the server, with masks (secure aggregation)",
    de: "Wer den Server betreibt, mit Masken (sichere Aggregation)",
  },
  "others.masked-about": {
    en: "Gets random numbers from you, and learns only the sum of at least three sites. The words of all of them together may still show in the sum; not whose they are.",
    de: "Bekommt von Ihnen Zufallszahlen und erfährt nur die Summe von mindestens drei Standorten. Die Wörter aller zusammen können sich in der Summe noch zeigen; nicht, von wem sie sind.",
  },
  "others.sites": { en: "The other sites", de: "Die anderen Standorte" },
  "others.sites-about": {
    en: "Get the merged model. It has learnt from all, so something of it comes from your notes. With masks, a site learns what the server does: your sum with others, less its own part. If all sites but yours work together, that is your update.",
    de: "Bekommen das zusammengeführte Modell. Es hat von allen gelernt, also auch aus Ihren Dokumenten. Mit Masken erfährt ein Standort so viel wie der Server: Ihre Summe mit anderen, abzüglich seines eigenen Teils. Arbeiten alle außer Ihnen zusammen, ist das Ihre Aktualisierung.",
  },
  "others.between": { en: "Anybody in between", de: "Wer dazwischen mithört" },
  "others.between-about": {
    en: "Sees that this device speaks with the server, and how much; not what, if the page’s address begins with https.",
    de: "Sieht, dass dieses Gerät mit dem Server spricht, und wie viel; nicht was, wenn die Adresse der Seite mit https beginnt.",
  },
  "others.not-prevented": { en: "What is not prevented", de: "Was nicht verhindert wird" },
  "others.not-prevented-about": {
    en: "The server hands out this page: one that hands out another page can do what it wants with what you type into it. Whether a certain note was trained on can sometimes be guessed from a model. No noise is added against that here. A server that enrols sites of its own can put them into the sum: compare the fingerprints below with the hospitals that you know.",
    de: "Der Server liefert diese Seite aus: Liefert er eine andere, kann sie mit Ihren Eingaben tun, was sie will. Ob mit einem bestimmten Dokument trainiert wurde, lässt sich manchmal aus einem Modell erraten; Rauschen dagegen wird hier nicht hinzugefügt. Ein Server, der eigene Standorte anmeldet, kann sie in die Summe bringen: Vergleichen Sie die Fingerabdrücke unten mit den Häusern, die Sie kennen.",
  },

  "peers.title": { en: "The sites that this one has met", de: "Die Standorte, die dieser getroffen hat" },
  "peers.none": {
    en: "None. Sites meet where a federation masks its updates; each then shows the others the key that it signs with.",
    de: "Keine. Standorte treffen sich, wo ein Verbund seine Aktualisierungen maskiert; jeder zeigt den anderen dann den Schlüssel, mit dem er unterschreibt.",
  },
  "peers.about": {
    en: "Each key was noted when this site first met it. Should the server ever show another one, this page stops and says so. To be sure that a key belongs to a hospital, compare its fingerprint by telephone with what that hospital’s page shows as its own.",
    de: "Jeder Schlüssel wurde beim ersten Treffen notiert. Zeigt der Server jemals einen anderen, hält diese Seite an und sagt es. Um sicher zu sein, dass ein Schlüssel zu einem Haus gehört, vergleichen Sie den Fingerabdruck am Telefon mit dem, den die Seite jenes Hauses als ihren eigenen zeigt.",
  },
  "peers.site": { en: "Site", de: "Standort" },
  "peers.fingerprint": { en: "Fingerprint of its key", de: "Fingerabdruck seines Schlüssels" },
  "peers.own": { en: "this one", de: "dieser" },
  "peers.of": { en: "Sites of “{federation}”", de: "Standorte von „{federation}“" },

  "leak.title": { en: "Try it on your own last update", de: "An Ihrer letzten Aktualisierung ausprobieren" },
  "leak.about": {
    en: "Reads the update that was sent last as somebody with a dictionary would, on this device. The dictionary has the words of your own training notes and many made-up ones.",
    de: "Liest die zuletzt gesendete Aktualisierung so, wie es jemand mit einem Wörterbuch täte, auf diesem Gerät. Das Wörterbuch enthält die Wörter Ihrer eigenen Trainingsdokumente und viele erfundene.",
  },
  "leak.start": { en: "Which of my words does it give away?", de: "Welche meiner Wörter verrät sie?" },
  "leak.words": { en: "The words", de: "Die Wörter" },
  "leak.reading": { en: "Reading the update …", de: "Liest die Aktualisierung …" },
  "leak.nothing-sent": {
    en: "No update was sent since this page was opened, so there is none to read here.",
    de: "Seit diese Seite geöffnet wurde, ist keine Aktualisierung gesendet worden; also gibt es hier keine zu lesen.",
  },
  "leak.none": {
    en: "The update of round {round} of “{federation}” gives no word away to a dictionary of {words:# word|# words} of yours and {others:# made-up one|# made-up ones}.",
    de: "Die Aktualisierung von Runde {round} von „{federation}“ verrät kein Wort an ein Wörterbuch mit {words:# Wort|# Wörtern} von Ihnen und {others:# erfundenen|# erfundenen}.",
  },
  "leak.named": {
    en: "The update of round {round} of “{federation}”, read with a dictionary of {words:# word|# words} of yours and {others:# made-up one|# made-up ones}: {named:# word|# words} named, {own:# of them|# of them} yours. Of 100 that are named, {precision} are yours; blind guessing has {chance} right. Of 100 words of yours, {recall} are named.",
    de: "Die Aktualisierung von Runde {round} von „{federation}“, gelesen mit einem Wörterbuch mit {words:# Wort|# Wörtern} von Ihnen und {others:# erfundenen|# erfundenen}: {named:# Wort|# Wörter} genannt, {own:davon # Ihres|davon # Ihre}. Von 100 genannten sind {precision} Ihre; blindes Raten trifft {chance}. Von 100 Ihrer Wörter werden {recall} genannt.",
  },
  "leak.was-masked": { en: "It was masked, so what is named is named by chance.", de: "Sie war maskiert; was genannt wird, ist Zufall." },
  "leak.was-not-masked": { en: "It was not masked.", de: "Sie war nicht maskiert." },

  "protection.masked": {
    en: "Masked: by itself it is random numbers; the server learns only the sum of {sites:# site|# sites}, this one among them.",
    de: "Maskiert: Für sich allein sind es Zufallszahlen; der Server erfährt nur die Summe von {sites:# Standort|# Standorten}, diesem eingeschlossen.",
  },
  "protection.masked-range": {
    en: "Masked: by itself it is random numbers; the server learns only the sum of {least} to {sites:# site|# sites}, this one among them.",
    de: "Maskiert: Für sich allein sind es Zufallszahlen; der Server erfährt nur die Summe von {least} bis {sites:# Standort|# Standorten}, diesem eingeschlossen.",
  },
  "protection.none": {
    en: "Not masked: the server can read this update by itself.",
    de: "Nicht maskiert: Der Server kann diese Aktualisierung für sich allein lesen.",
  },
});
