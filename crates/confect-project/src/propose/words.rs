//! Headings → words that mean something, in English, German, French, Spanish, Italian and Dutch.
//!
//! `CustomerID`, `customer_id`, `Kundennummer` and `numéro client` all come to the words for customer and
//! number. Compounds are taken apart by the same list. Deliberately absent: what a file as a whole is.

/// What a word of a heading means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Word {
    Amount,
    Birth,
    Brand,
    Category,
    Channel,
    City,
    Close,
    Consent,
    Cost,
    Count,
    Country,
    Currency,
    Customer,
    Date,
    Discount,
    Email,
    Favourite,
    First,
    FirstName,
    Hand,
    Id,
    Joined,
    Last,
    LastName,
    Line,
    ListPrice,
    Movement,
    Name,
    Noise,
    Open,
    Order,
    Ordered,
    Pack,
    Phone,
    Postcode,
    Price,
    Product,
    Profit,
    Purchase,
    Quantity,
    Region,
    Reorder,
    Return,
    Row,
    Sale,
    Segment,
    Ship,
    Size,
    State,
    Stock,
    Store,
    Sub,
    Subcategory,
    Supplier,
    Tax,
    Territory,
    Text,
    Threshold,
    Tier,
    Time,
    Type,
    Unit,
    Unknown,
}

/// Words, folded to plain small letters.
const DICTIONARY: &[(Word, &str)] = &[
    (
        Word::Amount,
        "amount revenue total betrag umsatz summe montant importe importo bedrag turnover value subtotal gesamt gesamtpreis sum omzet fatturato ca net netto brutto gross wert valeur valor valore proceeds totaal totale",
    ),
    (
        Word::Birth,
        "birth birthdate birthday geburt geburtsdatum geburtstag naissance nacimiento nascita geboorte dob",
    ),
    (Word::Brand, "brand marke marque marca merk manufacturer hersteller fabricant fabricante produttore"),
    (
        Word::Category,
        "category categories kategorie warengruppe categorie categoria department dept abteilung rayon family famille familia famiglia gruppe",
    ),
    (Word::Channel, "channel kanal canal canale kanaal vertriebsweg"),
    (Word::City, "city town stadt ort ville ciudad citta stad plaats"),
    (Word::Close, "close closed closing schliessung geschlossen fermeture cierre chiusura"),
    (Word::Consent, "consent optin newsletter einwilligung consentement consentimiento consenso"),
    (
        Word::Cost,
        "cost costs kosten einkaufspreis ek ekpreis einstandspreis cout cogs costo kostprijs coste inkoopprijs",
    ),
    (Word::Count, "counted gezahlt inventur inventaire snapshot"),
    (Word::Country, "country land pays pais paese nation"),
    (Word::Currency, "currency wahrung waehrung devise moneda valuta divisa"),
    (
        Word::Customer,
        "customer customers client clients kunde kunden kund klant cliente clienti clientes cust buyer member debitor shopper kd klanten",
    ),
    (Word::Date, "date datum fecha data jour tag day dag timestamp datetime dt giorno dia"),
    (Word::Discount, "discount discounts rabatt remise descuento sconto korting nachlass rebate reduction"),
    (Word::Email, "email mail emails courriel correo emailadresse mailadresse"),
    (Word::Favourite, "favourite favorite lieblings preferred prefere preferita favorita"),
    (Word::First, "first vor given"),
    (Word::FirstName, "prenom firstname forename vorname voornaam"),
    (Word::Hand, "hand onhand"),
    (
        Word::Id,
        "id ids key no nr num number code nummer numero cod codigo codice ref reference kennung schluessel schlussel uid identifier kode nro clave",
    ),
    (
        Word::Joined,
        "join joined joining signup registered registration seit since eintritt beitritt inscription alta iscrizione",
    ),
    (Word::Last, "last nach sur"),
    (Word::LastName, "surname lastname nachname apellido apellidos cognome achternaam"),
    (Word::Line, "line zeile position ligne linea riga regel lineitem pos"),
    (Word::ListPrice, "list listen retail rrp msrp uvp listenpreis katalog catalog listprice"),
    (Word::Movement, "movement bewegung mouvement movimiento movimento mutatie change buchung"),
    (Word::Name, "name names nom nombre nome naam title titel bezeichnung libelle intitule bez titre"),
    (
        Word::Noise,
        "of the du de la der des di per in del le les l d on at von und and y et da dei il el van e current aktuell aktueller actuel actual attuale huidige",
    ),
    (Word::Open, "open opened opening eroffnung eroffnet ouverture apertura opened"),
    (
        Word::Order,
        "order orders invoice invoices receipt receipts transaction transactions trans bill ticket basket bestellung bestell rechnung rechnungs beleg bon kassenbon auftrag facture commande factura pedido fattura ordine scontrino factuur bestelling bestel txn kassabon recibo",
    ),
    (Word::Ordered, "onorder bestellt ordered"),
    (Word::Pack, "pack packing verpackung ve packsize"),
    (Word::Postcode, "postcode postal zip zipcode plz postleitzahl postnummer codepostal codigopostal"),
    (Word::Phone, "phone telephone tel telefon telefono telefoon mobile handy telefonnummer"),
    (
        Word::Price,
        "price prices preis prix precio prezzo prijs vk einzelpreis stuckpreis stueckpreis unitprice prezzi",
    ),
    (
        Word::Product,
        "product products produkt produkte produit producto prodotto item items article articles artikel articulo articolo sku plu ean gtin goods prod art produits productos",
    ),
    (Word::Profit, "profit margin gewinn marge benefice beneficio utile deckungsbeitrag winst margine"),
    (Word::Purchase, "purchase purchases einkauf achat achats compra compras acquisto acquisti inkoop"),
    (
        Word::Quantity,
        "quantity qty quantities units menge anzahl stuck stueck stueckzahl stuckzahl quantite cantidad quantita aantal pieces pcs stk qte cant qta hoeveelheid pezzi unidades",
    ),
    (Word::Region, "region regione regio gebiet regional"),
    (Word::Reorder, "reorder melde meldebestand mindest mindestbestand minimum min"),
    (Word::Return, "return returns returned retoure retouren devolucion reso resi refund gutschrift"),
    (Word::Row, "row record satz rij index"),
    (
        Word::Sale,
        "sale sales sold verkauf verkaufs vente ventes venta ventas vendita vendite verkoop kauf umsatze",
    ),
    (Word::Segment, "segment kundensegment kundengruppe segmento"),
    (
        Word::Ship,
        "ship shipping shipped shipment delivery delivered versand liefer lieferung livraison envio consegna due levering",
    ),
    (Word::Size, "area flache flaeche superficie sqm m2 oppervlakte"),
    (Word::State, "state province bundesland provincia county provincie kanton"),
    (
        Word::Stock,
        "stock stocks inventory lager bestand lagerbestand voorraad existencias giacenza scorte stok",
    ),
    (
        Word::Store,
        "store stores shop shops filiale filialen filial boutique magasin tienda winkel negozio branch outlet markt geschaft sucursal",
    ),
    (Word::Sub, "sub unter sous sotto"),
    (
        Word::Subcategory,
        "subcategory subcategories unterkategorie souscategorie subcategoria sottocategoria untergruppe subcategorie",
    ),
    (
        Word::Supplier,
        "supplier suppliers vendor lieferant lieferanten fournisseur proveedor fornitore leverancier",
    ),
    (Word::Tax, "tax vat mwst ust tva iva btw gst steuer"),
    (Word::Territory, "territory territories"),
    (
        Word::Text,
        "description desc descr beschreibung descripcion descrizione omschrijving designation text descripcion",
    ),
    (Word::Threshold, "threshold point level schwelle punkt seuil"),
    (Word::Tier, "tier loyalty treue membership treuestufe fidelite fidelidad fedelta"),
    (Word::Time, "time zeit uhrzeit heure hora ora tijd uhr"),
    (Word::Type, "type kind typ tipo soort vorgang bewegungsart"),
    (Word::Unit, "unit einzel unitaire unitario unitaria stuks einheit each stuk unite"),
];

/// The words of a heading.
pub(super) fn words(heading: &str) -> Vec<Word> {
    let mut found = Vec::new();
    for word in split(heading) {
        match known(&word) {
            Some(Word::Noise) => {}
            Some(known) => found.push(known),
            None => match compound(&word, 0) {
                Some(parts) => found.extend(parts.into_iter().filter(|part| *part != Word::Noise)),
                None if word.chars().all(|letter| letter.is_ascii_digit()) => {}
                None => found.push(Word::Unknown),
            },
        }
    }
    found
}

/// The meaning of one folded word.
fn known(word: &str) -> Option<Word> {
    let listed = |words: &str, wanted: &str| words.split(' ').any(|listed| listed == wanted);
    DICTIONARY.iter().find(|(_, words)| listed(words, word)).map(|(meaning, _)| *meaning)
}

/// Takes a compound such as `kundennummer` or `unitprice` apart; its parts have three letters or more, but
/// for the usual short ones at the end.
fn compound(word: &str, depth: usize) -> Option<Vec<Word>> {
    if depth > 3 || !word.is_ascii() {
        return None;
    }
    for end in (3..word.len()).rev() {
        let (Some(start), Some(rest)) = (word.get(..end), word.get(end..)) else { continue };
        let Some(first) = known(start).filter(|first| *first != Word::Noise) else { continue };
        // German puts letters between the parts: `rechnungs-nummer`, `kunden-nummer`.
        for joint in ["", "s", "n", "en", "es"] {
            let Some(rest) = rest.strip_prefix(joint).filter(|rest| rest.len() >= 2) else { continue };
            let last = known(rest).filter(|last| rest.len() >= 3 || *last == Word::Id);
            if let Some(last) = last {
                return Some(vec![first, last]);
            }
            if let Some(mut parts) = compound(rest, depth + 1) {
                parts.insert(0, first);
                return Some(parts);
            }
        }
    }
    None
}

/// A heading's words, folded: cut at blanks, signs, and where capitals start.
fn split(heading: &str) -> Vec<String> {
    let letters: Vec<char> = heading.chars().collect();
    let mut words = vec![String::new()];
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| letters.get(before));
        let after = letters.get(index + 1);
        let starts = letter.is_uppercase()
            && (before.is_some_and(|before| before.is_lowercase())
                || (before.is_some_and(|before| before.is_uppercase())
                    && after.is_some_and(|after| after.is_lowercase())));
        if starts || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            letter.to_lowercase().for_each(|letter| fold(letter, word));
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Adds a letter without its accent.
fn fold(letter: char, word: &mut String) {
    match letter {
        'ä' | 'à' | 'á' | 'â' | 'ã' => word.push('a'),
        'ö' | 'ò' | 'ó' | 'ô' | 'õ' => word.push('o'),
        'ü' | 'ù' | 'ú' | 'û' => word.push('u'),
        'é' | 'è' | 'ê' | 'ë' => word.push('e'),
        'í' | 'ì' | 'î' | 'ï' => word.push('i'),
        'ç' => word.push('c'),
        'ñ' => word.push('n'),
        'ß' => word.push_str("ss"),
        '²' => word.push('2'),
        letter => word.push(letter),
    }
}
