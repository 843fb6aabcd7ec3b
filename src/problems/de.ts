import type { Translation } from './catalogue.ts';

/** Was an einem Standort nicht in Ordnung ist. Die Seite lädt dies nur für Leser, die Deutsch bevorzugen. */
export const de: Translation = {
  away: {
    reason: '{site} ist nicht erreichbar',
    remedy: 'Prüfen Sie dort Strom und Netzwerk; Dateien warten, bis das Büro wieder erreichbar ist',
  },
  notResponding: { reason: '{site} antwortet nicht', remedy: '' },
  notHeard: { reason: '{reporter} empfängt keine Lebenszeichen von {site}', remedy: '' },
  heartbeatUnreadable: {
    reason: 'Die Lebenszeichen von {site} können nicht gelesen werden',
    remedy: 'Installieren Sie überall dieselbe Version',
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
  lagging: { reason: '{site} ist {lag} im Rückstand, mehr als spec.freshness.target erlaubt ({target})', remedy: '' },
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
  agentSilent: {
    reason: 'Der Agent von {peer} antwortet nicht, obwohl seine Datenbank läuft',
    remedy: '{peer} neu starten und in seinem Protokoll nachsehen',
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
  linkStopped: { reason: 'Verbindung zu {peer}: {why}', remedy: '' },
  linkDown: {
    reason: 'Verbindung zu {peer}: {why}',
    remedy: 'Es wird automatisch erneut versucht; Näheres steht im Log von {site}',
  },
  stateStopped: {
    reason: 'Der Stand des Netzwerks erreicht {site} nicht mehr',
    remedy: 'Rufen Sie in {site} „sitesync doctor“ auf',
  },
  stateCopied: {
    reason: 'Die Replikation von {peer} ist angehalten: Dessen Log enthält die nächsten Zeilen nicht mehr',
    remedy: 'Sie werden aus den Tabellen kopiert; danach läuft die Replikation weiter',
  },
  stateBroken: {
    reason: 'Die Replikation von {peer} ist angehalten: {why}',
    remedy: 'Rufen Sie in {site} „sitesync doctor“ auf',
  },
  stateForged: {
    reason:
      'Die Replikation von {peer} wurde angehalten: {peer} hat seine Zeilen als die eines anderen Büros nummeriert',
    remedy:
      'Es ging nichts verloren; untersuchen Sie {peer}, das defekt oder in falschen Händen ist, und starten Sie dann den Agenten von {site} neu',
  },
  journalDiffers: {
    reason:
      'Das Journal von {origin}: {peer} fehlen {count|Zeile, die hier vorhanden ist|Zeilen, die hier vorhanden sind}',
    remedy:
      'Rufen Sie „sitesync verify --at {peer}“ auf; falls das nicht hilft, bauen Sie die Datenbank aus denen der Nachbarn neu auf',
  },
  markerGone: {
    reason: 'Im Ordner {folder} in {root} fehlt die Markierung .sitesync/marker: Ist der Datenträger eingehängt?',
    remedy: 'Hängen Sie ihn ein; falls der Ordner absichtlich geleert wurde, legen Sie diese Datei an',
  },
  diskSilent: {
    reason: 'Der Datenträger des Ordners {folder} in {root} antwortet nicht',
    remedy: 'Prüfen Sie bei einem Netzlaufwerk dessen Server; sobald er antwortet, geht es automatisch weiter',
  },
  ownDirectoryMounted: {
    reason:
      'Ordner {folder}: {path} liegt auf einem anderen Dateisystem, wohin keine Datei des Ordners umbenannt werden kann',
    remedy: 'Hängen Sie es aus; um mehr Platz für Versionen zu schaffen, verschieben Sie den ganzen Ordner',
  },
  folderReplaced: {
    reason: 'Der Ordner {folder} in {root}: Dort liegt jetzt ein anderes Verzeichnis oder ein anderer Datenträger',
    remedy: 'Er wird neu geöffnet',
  },
  folderShut: {
    reason: 'Der Ordner {folder} in {root} kann nicht verwendet werden: {why}',
    remedy: 'Prüfen Sie den Datenträger; es wird automatisch erneut versucht',
  },
  scanFailed: {
    reason: 'Der Scan des Ordners {folder} ist fehlgeschlagen: {why}',
    remedy: 'Er wird automatisch wiederholt',
  },
  diskNearlyFull: {
    reason: 'Der Datenträger von {site} ist fast voll',
    remedy: 'Geben Sie Speicherplatz frei oder bewahren Sie weniger Versionen auf',
  },
  databaseDiskFull: {
    reason: 'Der Datenträger der Datenbank von {site} ({path}) ist voll',
    remedy: 'Geben Sie Speicherplatz frei; was dort gespeichert wird, erreicht dann die anderen',
  },
  noRoom: {
    reason: 'Auf dem Datenträger des Ordners {folder} ({root}) ist kein Platz mehr, {bytes} Bytes werden benötigt',
    remedy: 'Geben Sie Speicherplatz frei; wartende Dateien kommen dann an',
  },
  diskFull: {
    reason: 'Der Datenträger des Ordners {folder} ist voll',
    remedy: 'Geben Sie Speicherplatz frei; bis dahin warten die Dateien',
  },
  quotaFull: {
    reason: 'Das Speicherkontingent des Ordners {folder} ist aufgebraucht',
    remedy: 'Erhöhen Sie es oder geben Sie Speicherplatz frei; bis dahin warten die Dateien',
  },
  tooFewWatches: {
    reason: 'Der Kernel erlaubt keine weiteren Watches: Manche Änderungen werden erst später bei einem Scan erkannt',
    remedy: 'Erhöhen Sie fs.inotify.max_user_watches (sysctl)',
  },
  tooFewInstances: {
    reason:
      'Der Kernel erlaubt keine weiteren inotify-Instanzen: Manche Änderungen werden erst später bei einem Scan erkannt',
    remedy: 'Erhöhen Sie fs.inotify.max_user_instances (sysctl)',
  },
  tooManyDirectories: {
    reason: 'Es gibt mehr als {limit} Verzeichnisse: Manche Änderungen werden erst später bei einem Scan erkannt',
    remedy: 'Teilen Sie den Ordner auf',
  },
  tooManyHardLinks: {
    reason:
      'Mehr als {limit} Dateien haben mehrere Namen (Hardlinks): Änderungen unter anderen Namen werden nur bei Scans erkannt',
    remedy: 'Teilen Sie den Ordner auf',
  },
  watchFailed: {
    reason:
      'Die Überwachung von Änderungen ist fehlgeschlagen ({why}): Manche werden erst später bei einem Scan erkannt',
    remedy: '',
  },
  noPermission: {
    reason: '„{path}“ kann nicht gelesen werden: keine Berechtigung',
    remedy: 'Geben Sie dem Benutzer, unter dem SiteSync läuft, Lese- und Schreibrechte',
  },
  diskError: {
    reason: '„{path}“ kann nicht gelesen werden: Der Datenträger meldet einen Fehler',
    remedy: 'Prüfen Sie den Datenträger; der Inhalt liegt auch in anderen Büros',
  },
  staleHandle: {
    reason: '„{path}“ kann nicht gelesen werden: Der Dateiserver kennt es nicht mehr (ESTALE)',
    remedy: 'Hängen Sie das Dateisystem neu ein',
  },
  mountEnded: {
    reason: '„{path}“ kann nicht gelesen werden: Der Prozess, der das Dateisystem bereitstellt, ist beendet (ENOTCONN)',
    remedy: 'Hängen Sie das Dateisystem neu ein',
  },
  mountedInside: {
    reason: 'In „{path}“ ist ein anderes Dateisystem eingehängt, das nicht synchronisiert wird',
    remedy: 'Richten Sie dafür einen eigenen Ordner ein',
  },
  unreadable: { reason: '„{path}“ kann nicht gelesen werden: {why}', remedy: '' },
  notJournaled: {
    reason: '{path} kann nicht ins Journal aufgenommen werden ({why})',
    remedy: 'Benennen Sie es um oder ändern Sie seine Zeiten; alles andere läuft weiter',
  },
  rowSkipped: {
    reason: '{path} aus {origin} kann nicht ins Journal aufgenommen werden ({why})',
    remedy: 'Es wird erneut versucht; die Datei in {origin} neu zu speichern hilft auch',
  },
  notSent: { reason: '{peer} hat es nicht gesendet', remedy: 'Es wird automatisch wiederholt' },
  sourceChanged: {
    reason: 'Der Inhalt bei {peer} hat sich inzwischen geändert',
    remedy: 'Es wird automatisch wiederholt',
  },
  transferFailed: {
    reason: 'Die Übertragung von {peer} ist fehlgeschlagen: {why}',
    remedy: 'Sie wird automatisch wiederholt',
  },
  folderNotUpdated: {
    reason: 'Der Ordner {folder} kann nicht aktualisiert werden: {why}',
    remedy: 'Es wird automatisch erneut versucht',
  },
  changedHere: { reason: 'Es wurde hier inzwischen geändert', remedy: 'Diese Änderung wird zuerst verarbeitet' },
  openHere: {
    reason: 'Ein Programm hat es hier zum Schreiben geöffnet',
    remedy: 'Es wird ersetzt, sobald es geschlossen ist',
  },
  directoryNotEmpty: { reason: 'Das Verzeichnis enthält hier noch Einträge', remedy: '' },
  parentNotDirectory: { reason: '„{path}“ ist hier kein Verzeichnis', remedy: '' },
  immutable: {
    reason: '„{path}“ darf hier nicht geändert werden (EPERM)',
    remedy:
      'Entfernen Sie das Attribut „immutable“ (lsattr, chattr -i) oder machen Sie den Benutzer von SiteSync zum Eigentümer',
  },
  rightsNotRoot: {
    reason: 'Ordner {folder}: Rechte von {count} Dateien können nicht gesetzt werden: nicht root',
    remedy:
      'Ihr Inhalt ist da; damit auch Eigentümer und Gruppe bleiben, führen Sie SiteSync als root aus oder nehmen Sie seinen Benutzer in die Gruppen auf',
  },
  rightsRefused: {
    reason: 'Ordner {folder}: Rechte von {count} Dateien können nicht gesetzt werden: Das Dateisystem lehnt sie ab',
    remedy: 'Ihr Inhalt ist da; ein Dateisystem mit POSIX-ACLs und erweiterten Attributen behält auch ihre Rechte',
  },
  notWritable: {
    reason: '„{path}“: keine Berechtigung (EACCES)',
    remedy: 'Geben Sie dem Benutzer von SiteSync Schreibrechte',
  },
  readOnly: {
    reason: '„{path}“: Der Datenträger ist hier schreibgeschützt (EROFS)',
    remedy: 'Hängen Sie ihn beschreibbar ein',
  },
  busyHere: {
    reason: '„{path}“ wird hier als Einhängepunkt benutzt (EBUSY)',
    remedy: 'Hängen Sie das Dateisystem aus',
  },
  nameTooLong: {
    reason: '„{path}“: Der Name ist zu lang für diesen Datenträger (ENAMETOOLONG)',
    remedy: 'Benennen Sie es in einem anderen Büro um',
  },
  nameNotAllowed: {
    reason: '„{path}“: Dieser Datenträger erlaubt einen solchen Namen nicht (EINVAL)',
    remedy: 'Benennen Sie es in einem anderen Büro um',
  },
  diskNotWritable: {
    reason: '„{path}“: Der Datenträger kann nicht beschrieben werden (EIO)',
    remedy: 'Prüfen Sie den Datenträger',
  },
  notPlaced: { reason: '„{path}“: {why}', remedy: '' },
  damagedRot: {
    reason: '{path} ist beschädigt: Der Inhalt hat sich geändert, obwohl niemand geschrieben hat',
    remedy: 'Die Datei wird neu geholt; falls kein anderes Büro sie hat, speichern Sie sie neu oder löschen Sie sie',
  },
  damagedUnreadable: {
    reason: '{path} ist beschädigt: Der Datenträger kann sie nicht mehr lesen',
    remedy: 'Die Datei wird neu geholt; falls kein anderes Büro sie hat, speichern Sie sie neu oder löschen Sie sie',
  },
  damagedTorn: {
    reason: '{path} ist beschädigt: Ein Stromausfall hat nur einen Teil davon übrig gelassen',
    remedy: 'Die Datei wird neu geholt; falls kein anderes Büro sie hat, speichern Sie sie neu oder löschen Sie sie',
  },
  damagedLost: {
    reason: '{path} ist beschädigt: Sie ist weg, obwohl niemand sie gelöscht hat',
    remedy: 'Die Datei wird neu geholt; falls kein anderes Büro sie hat, speichern Sie sie neu oder löschen Sie sie',
  },
  archiveRot: {
    reason:
      'Die alte Version {version} von {path} ist beschädigt: Der Inhalt hat sich geändert, obwohl niemand geschrieben hat',
    remedy: 'Kein befragtes Büro hat den Inhalt; es wird weiter nachgefragt',
  },
  archiveUnreadable: {
    reason: 'Die alte Version {version} von {path} ist beschädigt: Der Datenträger kann sie nicht mehr lesen',
    remedy: 'Kein befragtes Büro hat den Inhalt; es wird weiter nachgefragt',
  },
  archiveTorn: {
    reason:
      'Die alte Version {version} von {path} ist beschädigt: Ein Stromausfall hat nur einen Teil davon übrig gelassen',
    remedy: 'Kein befragtes Büro hat den Inhalt; es wird weiter nachgefragt',
  },
  archiveLost: {
    reason: 'Die alte Version {version} von {path} ist beschädigt: Sie ist weg, obwohl niemand sie gelöscht hat',
    remedy: 'Kein befragtes Büro hat den Inhalt; es wird weiter nachgefragt',
  },
  moreDamaged: { reason: '{count|weitere Datei ist|weitere Dateien sind} beschädigt', remedy: '' },
  pageCertificate: {
    reason: 'Zertifikat der Seite von {site}: {why}',
    remedy: 'Ersetzen Sie es; das vorherige bleibt so lange wie möglich in Gebrauch',
  },
  pageCertificateInvalid: {
    reason: 'Zertifikat der Seite von {site}: {file} kann nicht verwendet werden ({why})',
    remedy: 'Stellen Sie ein Zertifikat und seinen eigenen Schlüssel bereit, beide in PEM',
  },
  pageCertificateExpired: {
    reason: 'Zertifikat der Seite von {site}: {file} ist am {date} abgelaufen',
    remedy: 'Ersetzen Sie es',
  },
  pageCertificatePending: {
    reason: 'Zertifikat der Seite von {site}: Es wird ab dem nächsten Start des Agenten verwendet',
    remedy: 'Starten Sie den Agenten neu',
  },
  pageUsers: { reason: 'Benutzer der Seite von {site}: {why}', remedy: '' },
  signIn: { reason: 'Anmeldung über einen Anbieter: {why}', remedy: '' },
  statusCertificate: {
    reason: 'Zertifikat für Operator und Monitoring von {site}: Das neue kann nicht verwendet werden ({why})',
    remedy: 'Ersetzen Sie es; das vorherige ist in Gebrauch',
  },
  stateNotArriving: { reason: 'Der Stand des Netzwerks kommt nicht an', remedy: '' },
  foldersOpening: { reason: 'Die Ordner werden gerade geöffnet', remedy: '' },
  foldersScanned: { reason: 'Die Ordner werden gerade durchsucht', remedy: '' },
  filesBehind: { reason: '{count|Datei ist|Dateien sind} noch nicht angekommen', remedy: '' },
  changesUnknown: { reason: 'Nicht alle Änderungen aus {origin} sind vorhanden', remedy: '' },
  pathsUnreadable: { reason: '{folder}: {count|Pfad kann|Pfade können} nicht gelesen werden: {names}', remedy: '' },
  namesNotPortable: {
    reason:
      '{folder}: {count|hier vergebener Name ist|hier vergebene Namen sind} nicht auf allen Geräten verwendbar: {names}',
    remedy: 'Benennen Sie sie um, zum Beispiel wie vorgeschlagen; bis dahin werden sie unverändert synchronisiert',
  },
  timesNotKept: {
    reason: '{folder}: {count|Datei hat|Dateien haben} ein Datum, das anderswo nicht erhalten bleiben kann: {names}',
    remedy: 'Die anderen Standorte haben das nächstmögliche, von 1677 oder 2262; setzen Sie das richtige mit "touch"',
  },
  pathsNotJournaled: {
    reason: '{folder}: {count|Pfad kann|Pfade können} nicht ins Journal aufgenommen werden: {names}',
    remedy: '',
  },
  filesDamaged: { reason: '{folder}: {count|Datei ist|Dateien sind} beschädigt', remedy: '' },
  folderHeld: { reason: '{folder}: {count|Änderung wartet|Änderungen warten} auf Freigabe', remedy: '' },
  notScanned: { reason: '{folder}: Der erste Scan ist noch nicht abgeschlossen', remedy: '' },
  diskUnknown: { reason: '{folder}: Der Zustand des Datenträgers ist gerade nicht bekannt', remedy: '' },
  scanOverdue: { reason: '{folder}: Ein Scan ist überfällig', remedy: '' },
  scanOwed: { reason: '{folder}: Ereignisse gingen verloren, ein neuer Scan ist nötig', remedy: '' },
  pathsChanged: {
    reason: '{folder}: {count|Pfad wurde|Pfade wurden} geändert und noch nicht verarbeitet: {names}',
    remedy: '',
  },
  pathsReading: { reason: '{folder}: {count|Pfad wird|Pfade werden} gerade gelesen: {names}', remedy: '' },
  changesTakenIn: { reason: '{folder}: Änderungen werden ins Journal aufgenommen', remedy: '' },
  filesMissing: { reason: '{folder}: {count|Datei ist|Dateien sind} noch nicht angekommen', remedy: '' },
  filesPlaced: { reason: '{folder}: {count|Datei wird|Dateien werden} gerade eingesetzt', remedy: '' },
  other: { reason: '{text}', remedy: '' },
};
