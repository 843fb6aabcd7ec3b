import type { SiteMessages } from './site.ts';

/** Was die Seite eines Büros selbst sagt. */
export const deSite: SiteMessages = {
  refusals: {
    exists: '„{name}“ gibt es schon: Wählen Sie einen anderen Namen',
    changedNow: '„{name}“ wurde gerade geändert: Sehen Sie es sich an und versuchen Sie es noch einmal',
    changed: '„{name}“ wurde inzwischen geändert: Sehen Sie es sich erst an',
    gone: '„{name}“ gibt es nicht mehr',
    unknown: 'Von „{name}“ ist nichts bekannt',
    noFile: 'Eine Datei „{name}“ gibt es nicht',
    nothingThere: 'Eine Datei oder ein Verzeichnis „{name}“ gibt es nicht',
    noDirectory: '„{name}“ ist kein Verzeichnis',
    nameTooLong: '„{name}“ ist zu lang: Ein Name hat höchstens 255 Bytes',
    reservedName: '„{name}“ kann kein Name sein: Wählen Sie einen anderen',
    tooLong: '„{name}“ ist zu lang für diese Platte',
    notSynced: 'Namen wie „{name}“ werden in diesem Ordner nicht abgeglichen: Wählen Sie einen anderen Namen',
    holdsNotSynced: '„{name}“ enthält Einträge, die nicht abgeglichen werden: Entfernen Sie diese erst auf der Platte',
    noFreeName: 'Für „{name}“ fand sich kein freier Name: Wählen Sie einen anderen',
    otherDisk: '„{name}“ liegt auf einer anderen Platte: Kopieren Sie es',
    intoItself: 'In sich selbst lässt sich nichts verschieben',
    onItsWay: '„{name}“ ist noch auf dem Weg nach {site}: Versuchen Sie es wieder, wenn es da ist',
    notReadable: '„{name}“ lässt sich nicht lesen, wie es war: Sehen Sie es sich erst an',
    noVersion: 'Eine Version {version} davon ist hier nicht bekannt',
    isDeletion: '{version} ist eine Löschung: Wählen Sie eine Version mit Inhalt',
    notKept: 'Kein erreichbares Büro bewahrt den Inhalt von {version} noch auf',
    noFolder: 'Den Ordner „{folder}“ gibt es in {site} nicht',
    notYourFolder: 'Den Ordner „{folder}“ gibt es hier nicht',
    needsRole: 'Dafür brauchen Sie die Rolle „{role}“ in „{folder}“: Bitten Sie einen Admin darum',
    adminsOnly: 'Nur ein Admin darf die Personen sehen',
    receiveOnly: '„{folder}“ empfängt in {site} nur: Ändern Sie es in einem anderen Büro',
    starting: '{site} startet gerade: Versuchen Sie es gleich noch einmal',
    diskFull: 'Die Platte dieses Büros ist voll: Schaffen Sie Platz und versuchen Sie es noch einmal',
    noRoom: 'Die Platte dieses Büros hat Platz für {free} Bytes, nicht für {size}: Schaffen Sie Platz',
    wrongSignIn: 'Der Name oder das Passwort ist falsch',
    wrongPassword: 'Das Passwort ist falsch',
    tooManyTries: 'Zu viele Versuche: Warten Sie {seconds} Sekunden',
    tooManyUploads: 'Zu viele Übertragungen sind begonnen und nicht beendet: Beenden Sie einige oder geben Sie sie auf',
    tooManyZips: 'Andere Verzeichnisse werden gerade für Sie gepackt: Warten Sie, bis sie da sind',
    tooManyDiffs: 'Andere Versionen werden gerade für Sie verglichen: Warten Sie, bis das fertig ist',
    tooManyWindows: 'Zu viele Fenster dieser Seite sind offen: Schließen Sie einige',
    linkBusy: 'Andere laden gerade über diesen Link herunter: Versuchen Sie es gleich noch einmal',
    signedOut: 'Niemand ist angemeldet: Melden Sie sich erst an',
    staleForm: 'Diese Seite ist veraltet: Laden Sie sie neu',
    linkInvalid: 'Dieser Link gilt nicht oder nicht mehr',
    linkLocked: 'Dieser Link hat ein Passwort: Geben Sie es erst ein',
    linkForbids: 'Das erlaubt dieser Link nicht',
    shareExpired: 'Die Freigabe wäre schon abgelaufen: Wählen Sie eine Zeit, die noch kommt',
    shareTooLong: 'Eine Freigabe darf höchstens {days} Tage gelten',
    dropIntoFile: 'Dateien lassen sich nur in einem Verzeichnis ablegen',
    noShare: 'Diese Freigabe gibt es nicht',
    tooDifferent: 'Die beiden Versionen sind zu verschieden, um sie hier zu vergleichen: Laden Sie beide herunter',
    tooLarge: '{version} ist größer als 1 MB, zu groß für einen Vergleich hier: Laden Sie beide herunter',
    noText: '{version} ist kein Text: Laden Sie beide Versionen herunter, um sie zu vergleichen',
    nothingHeld: 'Von „{name}“ ist in {site} nichts angehalten',
    deciding: 'Was zuvor über „{folder}“ entschieden wurde, wird noch ausgeführt: Warten Sie, bis es getan ist',
    unexpected: 'Das Büro konnte nicht antworten; in seinem Log steht, warum',
  },
  troubles: {
    away: {
      reason: '{site} ist nicht zu hören',
      remedy: 'Sehen Sie nach, ob es dort Strom und Netz gibt; Dateien warten, bis es wieder da ist',
    },
    stateStopped: {
      reason: 'Der Stand erreicht {site} nicht mehr',
      remedy: 'Rufen Sie in {site} „sitesync doctor“ auf',
    },
    diskNearlyFull: {
      reason: 'Die Platte von {site} ist fast voll',
      remedy: 'Schaffen Sie Platz oder bewahren Sie weniger Versionen auf',
    },
    clockAhead: {
      reason: 'Die Uhr von {site} geht {seconds} s vor',
      remedy: 'Richten Sie dort NTP ein; Dateien sind nicht betroffen',
    },
    clockBehind: {
      reason: 'Die Uhr von {site} geht {seconds} s nach',
      remedy: 'Richten Sie dort NTP ein; Dateien sind nicht betroffen',
    },
    held: {
      reason: 'Änderungen in {site} warten auf einen Menschen: {count}',
      remedy: 'Sehen Sie sie sich auf der Seite von {site} an: Geben Sie sie frei oder nehmen Sie sie zurück',
    },
    linkPortInUse: {
      reason: 'Verbindung zu {peer}: Port {port} dieser Maschine ist von einem anderen Prozess belegt',
      remedy: 'Beenden Sie diesen Prozess',
    },
    linkPortNotGranted: {
      reason: 'Verbindung zu {peer}: {peer} gewährt seinen Port {port} nicht',
      remedy:
        'Es hält noch die vorige, unterbrochene Verbindung (endet binnen 30 s), hat einen älteren Plan, oder etwas anderes belegt dort den Port',
    },
    linkCertificateExpired: {
      reason:
        'Verbindung zu {peer}: Das Host-Zertifikat von {peer} ist abgelaufen, oder die Uhr dieser Maschine geht falsch',
      remedy: 'Erneuern Sie das Zertifikat',
    },
    linkImpostor: {
      reason:
        'Verbindung zu {peer}: Was unter {at} antwortet, ist nicht {peer} dieses Netzes (sein Host-Zertifikat fehlt, gilt für einen anderen Namen oder ist von einer anderen CA)',
      remedy: 'Berichtigen Sie die Adresse oder stellen Sie das Zertifikat neu aus',
    },
    linkRefused: {
      reason:
        'Verbindung zu {peer}: {peer} lehnt das Zertifikat dieses Büros ab: Es ist abgelaufen, widerrufen oder von einer anderen CA, oder {peer} führt dieses Büro nicht auf',
      remedy:
        'Stellen Sie es neu aus (für ein externes Büro: machen Sie ein neues Bundle und treten Sie damit bei) oder sehen Sie dort ins Log von sshd',
    },
    linkNameUnknown: {
      reason: 'Verbindung zu {peer}: Der Name {host} lässt sich nicht auflösen',
      remedy: 'Berichtigen Sie die Adresse von {peer} oder das DNS',
    },
    linkNobodyListens: {
      reason: 'Verbindung zu {peer}: Unter {at} nimmt niemand an',
      remedy: 'Starten Sie {peer} oder berichtigen Sie seine Adresse',
    },
    linkNoAnswer: {
      reason: 'Verbindung zu {peer}: Von {at} kommt keine Antwort',
      remedy: '{peer} oder das Netz ist ausgefallen, oder eine Firewall verwirft die Verbindung',
    },
    linkNoRoute: {
      reason: 'Verbindung zu {peer}: Kein Weg zu {at}',
      remedy: 'Sehen Sie sich das Netz dieser Maschine an',
    },
    linkSilent: {
      reason: 'Verbindung zu {peer}: {peer} antwortet seit {seconds} s nicht mehr',
      remedy: 'Seine Maschine oder das Netz ist ausgefallen',
    },
    linkClosed: {
      reason: 'Verbindung zu {peer}: {at} hat die Verbindung beendet',
      remedy: '{peer} hält an oder ist überlastet, oder etwas steht dazwischen',
    },
    linkNoSsh: {
      reason: 'Verbindung zu {peer}: ssh oder setpriv ist nicht installiert',
      remedy: 'Installieren Sie openssh-client und util-linux',
    },
    linkOlderPlan: {
      reason: 'Verbindung zu {peer}: {peer} verweigert einen Port, den dieses Büro braucht: Es hat einen älteren Plan',
      remedy: 'Wenden Sie dort den Plan an, dann verbindet es sich neu',
    },
    linkEnded: {
      reason: 'Verbindung zu {peer}: Die Verbindung ist abgerissen',
      remedy: 'Es wird wieder versucht; mehr steht im Log von {site}',
    },
    linkDown: {
      reason: 'Verbindung zu {peer}: {why}',
      remedy: 'Es wird wieder versucht; mehr steht im Log von {site}',
    },
    stateCopied: {
      reason: '{peer} hat kein Log der Zeilen, die für {site} die nächsten sind',
      remedy: 'Sie werden aus seinen Tabellen kopiert; warten Sie, bis das getan ist',
    },
    stateBroken: {
      reason: 'Der Stand von {peer} erreicht {site} nicht: {why}',
      remedy: 'Rufen Sie in {site} „sitesync doctor“ auf',
    },
    cloned: {
      reason:
        'Ein anderer Rechner läuft als {site}, wie {peer} gehört hat, und was auf diesem gespeichert wird, geht nicht hinaus',
      remedy:
        'Soll dieser bleiben, halten Sie den anderen an und rufen hier „rm {file}“ auf; soll der andere bleiben, rufen Sie hier „sitesync down“ auf',
    },
    databaseOlder: {
      reason: 'Die Datenbank von {site} ist älter als seine Dateien, und kein Nachbar antwortet, der mehr weiß',
      remedy:
        'Verbinden Sie es mit einem; oder rufen Sie „rm {file}“ auf, wenn alles, was anders ist, als dort geändert gelten soll',
    },
    markerGone: {
      reason: '{root} hat seine Marke .sitesync/marker verloren: Ist die Platte eingehängt?',
      remedy: 'Hängen Sie sie ein, oder legen Sie diese Datei an, wenn sie wirklich geleert wurde',
    },
    diskSilent: {
      reason: 'Der Datenträger des Ordners {folder} in {site} antwortet nicht: {root}',
      remedy: 'Sehen Sie nach, ob der Server des Netzlaufwerks läuft; sobald er antwortet, geht es von selbst weiter',
    },
    folderShut: {
      reason: 'Ordner {folder} in {root} lässt sich nicht benutzen: {why}',
      remedy: 'Sehen Sie sich diese Platte an; es wird von selbst wieder versucht',
    },
    diskFull: {
      reason: 'Die Platte von {site} ist voll',
      remedy: 'Schaffen Sie Platz; so lange warten die Dateien',
    },
    quotaFull: {
      reason: 'Das Kontingent von {site} auf seiner Platte ist aufgebraucht',
      remedy: 'Erhöhen Sie es oder schaffen Sie Platz; so lange warten die Dateien',
    },
    mountedInside: {
      reason: 'In „{path}“ ist ein anderes Dateisystem eingehängt, das nicht abgeglichen wird',
      remedy: 'Machen Sie daraus einen eigenen Ordner',
    },
    tooFewWatches: {
      reason:
        'Der Kernel von {site} erlaubt keine weiteren Beobachtungen: Manche Änderungen findet erst ein Durchgang, also später',
      remedy: 'Erhöhen Sie fs.inotify.max_user_watches (sysctl)',
    },
    tooFewInstances: {
      reason:
        'Der Kernel von {site} erlaubt keine weiteren inotify-Instanzen: Manche Änderungen findet erst ein Durchgang, also später',
      remedy: 'Erhöhen Sie fs.inotify.max_user_instances (sysctl)',
    },
    noPermission: {
      reason: '„{path}“ lässt sich in {site} nicht lesen: Die Rechte verbieten es',
      remedy: 'Geben Sie dem Benutzer, als der SiteSync läuft, das Recht zu lesen und zu schreiben',
    },
    diskError: {
      reason: '„{path}“ lässt sich in {site} nicht lesen: Der Datenträger meldet einen Fehler',
      remedy: 'Prüfen Sie den Datenträger; was darauf ist, liegt auch in anderen Büros',
    },
    pageCertificate: {
      reason: 'Das Zertifikat der Seite von {site}: {why}',
      remedy: 'Legen Sie ein richtiges an seine Stelle; das vorige gilt, so lange es geht',
    },
    other: { reason: '{text}', remedy: 'Sehen Sie ins Log von {site}' },
  },
};
