import type { SiteMessages } from './site.ts';

/** Was die Seite eines Büros selbst sagt. */
export const deSite: SiteMessages = {
  refusals: {
    exists: '„{name}“ existiert bereits: Wählen Sie einen anderen Namen',
    changedNow: '„{name}“ wurde gerade geändert: Prüfen Sie die Änderung und versuchen Sie es noch einmal',
    changed: '„{name}“ wurde inzwischen geändert: Prüfen Sie zuerst die Änderung',
    gone: '„{name}“ gibt es nicht mehr',
    unknown: '„{name}“ ist nicht bekannt',
    noFile: 'Eine Datei „{name}“ gibt es nicht',
    nothingThere: 'Eine Datei oder ein Verzeichnis „{name}“ gibt es nicht',
    nothingThen: '„{name}“ gab es zu dieser Zeit nicht',
    noDirectory: '„{name}“ ist kein Verzeichnis',
    nameTooLong: '„{name}“ ist zu lang: höchstens 255 Bytes',
    reservedName: '„{name}“ ist ein reservierter Name: Wählen Sie einen anderen',
    tooLong: '„{name}“ ist zu lang für diesen Datenträger',
    notSynced: 'Namen wie „{name}“ werden in diesem Ordner nicht synchronisiert: Wählen Sie einen anderen Namen',
    holdsNotSynced:
      '„{name}“ enthält Einträge, die nicht synchronisiert werden: Löschen Sie diese zuerst auf dem Datenträger',
    noFreeName: 'Für „{name}“ wurde kein freier Name gefunden: Wählen Sie einen anderen',
    otherDisk: '„{name}“ liegt auf einem anderen Datenträger: Kopieren Sie es stattdessen',
    intoItself: 'Ein Verzeichnis kann nicht in sich selbst verschoben werden',
    onItsWay: '„{name}“ ist noch auf dem Weg nach {site}: Versuchen Sie es noch einmal, sobald es angekommen ist',
    notReadable: '„{name}“ hat sich geändert und kann nicht gelesen werden: Prüfen Sie zuerst die Änderung',
    noVersion: 'Version {version} dieses Pfads ist hier nicht bekannt',
    isDeletion: '{version} ist eine Löschung: Wählen Sie eine Version mit Inhalt',
    notKept: 'Kein erreichbares Büro hat noch den Inhalt von {version}',
    noFolder: 'Den Ordner „{folder}“ gibt es in {site} nicht',
    notYourFolder: 'Den Ordner „{folder}“ gibt es hier nicht',
    needsRole: 'Dafür benötigen Sie die Rolle „{role}“ in „{folder}“: Wenden Sie sich an einen Administrator',
    adminsOnly: 'Nur Administratoren dürfen die Benutzer sehen',
    receiveOnly: '„{folder}“ ist in {site} nur zum Empfang: Ändern Sie es in einem anderen Büro',
    starting: '{site} startet gerade: Versuchen Sie es gleich noch einmal',
    diskFull: 'Der Datenträger dieses Büros ist voll: Geben Sie Speicherplatz frei und versuchen Sie es noch einmal',
    noRoom:
      'Auf dem Datenträger dieses Büros sind {free} Bytes frei, benötigt werden {size}: Geben Sie Speicherplatz frei',
    wrongSignIn: 'Der Name oder das Passwort ist falsch',
    wrongPassword: 'Das Passwort ist falsch',
    tooManyTries: 'Zu viele Versuche: Warten Sie {seconds} Sekunden',
    tooManyUploads: 'Zu viele unvollständige Uploads: Schließen Sie einige ab oder brechen Sie sie ab',
    tooManyZips: 'Andere Verzeichnisse werden gerade für Sie gepackt: Warten Sie, bis sie heruntergeladen sind',
    tooManyDiffs: 'Andere Versionen werden gerade für Sie verglichen: Warten Sie, bis das fertig ist',
    tooManyWindows: 'Zu viele Fenster dieser Seite sind offen: Schließen Sie einige',
    linkBusy: 'Über diesen Link laden gerade andere herunter: Versuchen Sie es gleich noch einmal',
    signedOut: 'Sie sind nicht angemeldet: Melden Sie sich zuerst an',
    staleForm: 'Diese Seite ist veraltet: Laden Sie sie neu',
    linkInvalid: 'Dieser Link ist ungültig oder abgelaufen',
    linkLocked: 'Dieser Link ist durch ein Passwort geschützt: Geben Sie es zuerst ein',
    linkForbids: 'Dieser Link erlaubt das nicht',
    shareExpired: 'Der Ablauf liegt in der Vergangenheit: Wählen Sie einen späteren Zeitpunkt',
    shareTooLong: 'Eine Freigabe darf höchstens {days} Tage gelten',
    dropIntoFile: 'Dateien können nur in ein Verzeichnis hochgeladen werden',
    noShare: 'Diese Freigabe gibt es nicht',
    tooDifferent: 'Die beiden Versionen sind zu verschieden für einen Vergleich: Laden Sie beide herunter',
    tooLarge: '{version} ist größer als 1 MB und damit zu groß für einen Vergleich: Laden Sie beide herunter',
    noText: '{version} ist keine Textdatei: Laden Sie beide Versionen herunter, um sie zu vergleichen',
    nothingHeld: 'Zu „{name}“ gibt es in {site} keine zurückgehaltenen Änderungen',
    deciding: 'Eine frühere Entscheidung über „{folder}“ wird noch ausgeführt: Warten Sie, bis sie abgeschlossen ist',
    unexpected: 'Interner Fehler; Näheres steht im Log des Büros',
  },
  troubles: {
    away: {
      reason: '{site} ist nicht erreichbar',
      remedy: 'Prüfen Sie dort Strom und Netzwerk; Dateien warten, bis das Büro wieder erreichbar ist',
    },
    stateStopped: {
      reason: 'Der Stand des Netzwerks erreicht {site} nicht mehr',
      remedy: 'Rufen Sie in {site} „sitesync doctor“ auf',
    },
    diskNearlyFull: {
      reason: 'Der Datenträger von {site} ist fast voll',
      remedy: 'Geben Sie Speicherplatz frei oder bewahren Sie weniger Versionen auf',
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
      reason: 'Änderungen in {site} warten auf Freigabe: {count}',
      remedy: 'Prüfen Sie sie auf der Seite von {site} und geben Sie sie frei oder verwerfen Sie sie',
    },
    linkPortInUse: {
      reason: 'Verbindung zu {peer}: Port {port} dieses Rechners ist von einem anderen Prozess belegt',
      remedy: 'Beenden Sie diesen Prozess',
    },
    linkPortNotGranted: {
      reason: 'Verbindung zu {peer}: {peer} gewährt seinen Port {port} nicht',
      remedy:
        '{peer} hält noch die vorige, unterbrochene Verbindung (endet innerhalb von 30 s), hat einen älteren Plan, oder dort ist der Port anderweitig belegt',
    },
    linkCertificateExpired: {
      reason:
        'Verbindung zu {peer}: Das Host-Zertifikat von {peer} ist abgelaufen, oder die Uhr dieses Rechners geht falsch',
      remedy: 'Erneuern Sie das Zertifikat',
    },
    linkImpostor: {
      reason:
        'Verbindung zu {peer}: Was unter {at} antwortet, ist nicht {peer} aus diesem Netzwerk (sein Host-Zertifikat fehlt, gilt für einen anderen Namen oder ist von einer anderen CA)',
      remedy: 'Korrigieren Sie die Adresse oder stellen Sie das Zertifikat neu aus',
    },
    linkRefused: {
      reason:
        'Verbindung zu {peer}: {peer} lehnt das Zertifikat dieses Büros ab: Es ist abgelaufen, widerrufen oder von einer anderen CA, oder {peer} führt dieses Büro nicht auf',
      remedy:
        'Stellen Sie es neu aus (für ein externes Büro: Erstellen Sie ein neues Bundle und treten Sie damit bei) oder prüfen Sie dort das Log von sshd',
    },
    linkNameUnknown: {
      reason: 'Verbindung zu {peer}: Der Name {host} kann nicht aufgelöst werden',
      remedy: 'Korrigieren Sie die Adresse von {peer} oder das DNS',
    },
    linkNobodyListens: {
      reason: 'Verbindung zu {peer}: Unter {at} ist nichts erreichbar',
      remedy: 'Starten Sie {peer} oder korrigieren Sie die Adresse',
    },
    linkNoAnswer: {
      reason: 'Verbindung zu {peer}: Keine Antwort von {at}',
      remedy: '{peer} oder das Netzwerk ist ausgefallen, oder eine Firewall blockiert die Verbindung',
    },
    linkNoRoute: {
      reason: 'Verbindung zu {peer}: Keine Route zu {at}',
      remedy: 'Prüfen Sie das Netzwerk dieses Rechners',
    },
    linkSilent: {
      reason: 'Verbindung zu {peer}: {peer} antwortet seit {seconds} s nicht mehr',
      remedy: 'Der Rechner oder das Netzwerk ist ausgefallen',
    },
    linkClosed: {
      reason: 'Verbindung zu {peer}: {at} hat die Verbindung beendet',
      remedy: '{peer} wird gerade beendet oder ist überlastet, oder die Verbindung wird unterwegs gestört',
    },
    linkNoSsh: {
      reason: 'Verbindung zu {peer}: ssh oder setpriv ist nicht installiert',
      remedy: 'Installieren Sie openssh-client und util-linux',
    },
    linkOlderPlan: {
      reason: 'Verbindung zu {peer}: {peer} verweigert einen Port, den dieses Büro braucht: Es hat einen älteren Plan',
      remedy: 'Wenden Sie dort den neuen Plan an, dann wird die Verbindung neu aufgebaut',
    },
    linkEnded: {
      reason: 'Verbindung zu {peer}: Die Verbindung ist abgerissen',
      remedy: 'Es wird automatisch erneut versucht; Näheres steht im Log von {site}',
    },
    linkDown: {
      reason: 'Verbindung zu {peer}: {why}',
      remedy: 'Es wird automatisch erneut versucht; Näheres steht im Log von {site}',
    },
    stateCopied: {
      reason: '{peer} hat das Log der nächsten Zeilen für {site} nicht mehr',
      remedy: 'Die Zeilen werden aus den Tabellen kopiert; warten Sie, bis das abgeschlossen ist',
    },
    stateBroken: {
      reason: 'Der Stand von {peer} erreicht {site} nicht: {why}',
      remedy: 'Rufen Sie in {site} „sitesync doctor“ auf',
    },
    cloned: {
      reason: 'Laut {peer} läuft ein anderer Rechner als {site}; Änderungen auf diesem werden nicht synchronisiert',
      remedy:
        'Soll dieser Rechner bleiben, beenden Sie den anderen und führen Sie hier „rm {file}“ aus; soll der andere bleiben, führen Sie hier „sitesync down“ aus',
    },
    databaseOlder: {
      reason: 'Die Datenbank von {site} ist älter als seine Dateien, und kein Nachbar mit neuerem Stand antwortet',
      remedy:
        'Stellen Sie eine Verbindung zu einem Nachbarn her, oder führen Sie „rm {file}“ aus, wenn alle Unterschiede als dort vorgenommene Änderungen gelten sollen',
    },
    markerGone: {
      reason: 'In {root} fehlt die Markierung .sitesync/marker: Ist der Datenträger eingehängt?',
      remedy: 'Hängen Sie ihn ein; falls er absichtlich geleert wurde, legen Sie diese Datei an',
    },
    diskSilent: {
      reason: 'Der Datenträger des Ordners {folder} in {site} antwortet nicht: {root}',
      remedy: 'Prüfen Sie bei einem Netzlaufwerk dessen Server; sobald er antwortet, geht es automatisch weiter',
    },
    folderShut: {
      reason: 'Der Ordner {folder} in {root} kann nicht verwendet werden: {why}',
      remedy: 'Prüfen Sie den Datenträger; es wird automatisch erneut versucht',
    },
    databaseDiskFull: {
      reason: 'Die Platte der Datenbank von {site} ist voll',
      remedy: 'Schaffen Sie Platz; was dort gespeichert wird, erreicht die anderen danach von selbst',
    },
    diskFull: {
      reason: 'Der Datenträger von {site} ist voll',
      remedy: 'Geben Sie Speicherplatz frei; bis dahin warten die Dateien',
    },
    quotaFull: {
      reason: 'Das Speicherkontingent von {site} ist aufgebraucht',
      remedy: 'Erhöhen Sie es oder geben Sie Speicherplatz frei; bis dahin warten die Dateien',
    },
    mountedInside: {
      reason: 'In „{path}“ ist ein anderes Dateisystem eingehängt, das nicht synchronisiert wird',
      remedy: 'Richten Sie dafür einen eigenen Ordner ein',
    },
    tooFewWatches: {
      reason:
        'Der Kernel von {site} erlaubt keine weiteren Watches: Manche Änderungen werden erst später bei einem Scan erkannt',
      remedy: 'Erhöhen Sie fs.inotify.max_user_watches (sysctl)',
    },
    tooFewInstances: {
      reason:
        'Der Kernel von {site} erlaubt keine weiteren inotify-Instanzen: Manche Änderungen werden erst später bei einem Scan erkannt',
      remedy: 'Erhöhen Sie fs.inotify.max_user_instances (sysctl)',
    },
    noPermission: {
      reason: '„{path}“ kann in {site} nicht gelesen werden: keine Berechtigung',
      remedy: 'Geben Sie dem Benutzer, unter dem SiteSync läuft, Lese- und Schreibrechte',
    },
    diskError: {
      reason: '„{path}“ kann in {site} nicht gelesen werden: Der Datenträger meldet einen Fehler',
      remedy: 'Prüfen Sie den Datenträger; der Inhalt liegt auch in anderen Büros',
    },
    pageCertificate: {
      reason: 'Zertifikat der Seite von {site}: {why}',
      remedy: 'Ersetzen Sie es; das vorherige bleibt so lange wie möglich in Gebrauch',
    },
    other: { reason: '{text}', remedy: 'Siehe Log von {site}' },
  },
};
