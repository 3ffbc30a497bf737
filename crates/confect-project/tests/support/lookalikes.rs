//! Invented rows with the headings and quirks of well-known exports.

use std::fmt::Write;

use super::File;

fn file(name: &str, text: impl Into<String>) -> File {
    (name.to_owned(), text.into().into_bytes())
}

/// A heading and so many rows.
fn rows(heading: &str, count: usize, row: impl Fn(usize) -> String) -> String {
    let mut text = format!("{heading}\n");
    for index in 0..count {
        writeln!(text, "{}", row(index)).expect("a row");
    }
    text
}

/// A day of 2024, the months in turn.
fn day(index: usize) -> (usize, usize) {
    (index % 12 + 1, index % 28 + 1)
}

fn iso(index: usize) -> String {
    let (month, day) = day(index);
    format!("2024-{month:02}-{day:02}")
}

pub fn confectionery() -> Vec<File> {
    let till =
        rows("transaction_id,date,product_id,store_id,customer_id,quantity,revenue,discount", 200, |row| {
            let (quantity, product) = (row % 5 + 1, row * 7 % 20 + 1);
            // Prices wander, as in the original: the discount cannot be checked.
            let price = 2.0 + ((row * 13) % 17) as f64 / 2.0;
            let revenue = price * quantity as f64;
            format!(
                "{},{},{product},{},{},{quantity},{revenue:.2},0.{:02}",
                row + 1,
                iso(row),
                row % 3 + 1,
                row % 40 + 1,
                row % 21
            )
        });
    let crm =
        rows("customer_id,name,email,join_date,loyalty_tier,total_purchases,favorite_category", 40, |row| {
            let tier = ["Gold", "Silver", "Bronze"][row % 3];
            format!("{},Name {row},n{row}@example.org,{},{tier},{},Gummy", row + 1, iso(row), row * 3)
        });
    let articles = rows(
        "product_id,product_name,category,supplier,cost_per_unit,stock_quantity,reorder_threshold",
        20,
        |row| format!("{},Sweet {row},Gummy,Cocoa Ltd,{}.25,{},{}", row + 1, row % 5, row * 4, row % 9 + 3),
    );
    let snapshot = rows("product_id,current_stock,product_name,reorder_threshold,supplier", 20, |row| {
        format!("{},{},Sweet {row},{},Cocoa Ltd", row + 1, row as i64 * 3 - 9, row % 9 + 3)
    });
    let moves = rows("transaction_id,date,product_id,change_type,quantity,purchase_order_id", 60, |row| {
        let (kind, quantity, order) =
            if row % 6 == 0 { ("Restock", 40, format!("PO-{row}")) } else { ("Sale", -2, String::new()) };
        format!("{},{},{},{kind},{quantity},{order}", row + 1, iso(row), row % 20 + 1)
    });
    vec![
        file("pos_data.csv", till),
        file("crm_data.csv", crm),
        file("inventory_data.csv", articles),
        file("current_stock_snapshot.csv", snapshot),
        file("inventory_transactions.csv", moves),
    ]
}

pub fn online_retail() -> Vec<File> {
    let heading = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";
    let text = rows(heading, 80, |row| {
        let country = if row % 9 == 0 { "France" } else { "United Kingdom" };
        let customer = if row % 7 == 0 { String::new() } else { format!("{}.0", 17_000 + row % 11) };
        let cancelled = if row % 20 == 3 { ("C", -1) } else { ("", 6) };
        format!(
            "{}{},{}A,THING {},{},{} 08:{:02}:00,{}.55,{customer},{country}",
            cancelled.0,
            536_000 + row / 4,
            85_000 + row % 13,
            row % 13,
            cancelled.1,
            iso(row),
            row % 60,
            row % 4
        )
    });
    vec![file("online_retail.csv", text)]
}

pub fn toys() -> Vec<File> {
    let sales = rows("Sale_ID,Date,Store_ID,Product_ID,Units", 120, |row| {
        format!("{},{},{},{},{}", row + 1, iso(row), row % 4 + 1, row % 6 + 1, row % 3 + 1)
    });
    let products = rows("Product_ID,Product_Name,Product_Category,Product_Cost,Product_Price", 6, |row| {
        format!("{},Toy {row},Games,${}.99 ,${}.99 ", row + 1, row + 1, row + 4)
    });
    let stores = rows("Store_ID,Store_Name,Store_City,Store_Location,Store_Open_Date", 4, |row| {
        format!("{},Toys {row},Puebla,Downtown,199{row}-05-1{row}", row + 1)
    });
    let stock = rows("Store_ID,Product_ID,Stock_On_Hand", 24, |row| {
        format!("{},{},{}", row / 6 + 1, row % 6 + 1, row * 2)
    });
    vec![
        file("sales.csv", sales),
        file("products.csv", products),
        file("stores.csv", stores),
        file("inventory.csv", stock),
        file(
            "sales_data_dictionary.csv",
            "Field,Description\nSale_ID,Sale ID\nDate,Date of the sale\nStore_ID,Store ID\nProduct_ID,Product ID\nUnits,Units sold\n",
        ),
        file(
            "products_data_dictionary.csv",
            "Field,Description\nProduct_ID,Product ID\nProduct_Name,Its name\nProduct_Price,Its price ($USD)\n",
        ),
    ]
}

/// Month first, written in two ways: `1/18/2015`, but `01-05-2015` for days up to 12.
fn two_ways(index: usize, year: usize) -> String {
    let (month, day) = day(index);
    if day > 12 { format!("{month}/{day}/{year}") } else { format!("{month:02}-{day:02}-{year}") }
}

fn bicycle_sales(year: usize) -> String {
    let heading =
        "OrderDate,StockDate,OrderNumber,ProductKey,CustomerKey,TerritoryKey,OrderLineItem,OrderQuantity";
    rows(heading, 60, |row| sale(row, year, &two_ways(row, year)))
}

fn sale(row: usize, year: usize, date: &str) -> String {
    format!(
        "{date},9/21/2001,SO{year}{},{},{},{},{},1",
        row / 2,
        300 + row % 12,
        11_000 + row % 30,
        row % 4 + 1,
        row % 2 + 1
    )
}

pub fn bicycles() -> Vec<File> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let sales_heading = bicycle_sales(2015).lines().next().map(str::to_owned).unwrap_or_default();
    let mut orphan = rows(&sales_heading, 60, |row| {
        let (month, day) = day(row);
        sale(row, 2017, &format!("{day}-{}-2017", MONTHS[month - 1]))
    });
    orphan.push_str("1-Jul-2017,4-May-2004,SO99999,10000,11001,1,1,2\n");
    let person = |row: usize, date: String| {
        let name = [("ANNA", "BERG"), ("BEN", "COLE"), ("CARA", "DIAZ")][row % 3];
        format!(
            "{},MR.,{},{},{date},M,F,p{row}@example.org,\"$90,000 \",2,Bachelors,Manual,Y",
            11_000 + row,
            name.0,
            name.1
        )
    };
    let customers_heading = "CustomerKey,Prefix,FirstName,LastName,BirthDate,MaritalStatus,Gender,EmailAddress,AnnualIncome,TotalChildren,EducationLevel,Occupation,HomeOwner";
    let customers = rows(customers_heading, 30, |row| person(row, two_ways(row, 1966)));
    let junk_heading = format!(
        "column,column,column,column,column,column,column,column,column,column,,column,\n{customers_heading}\nA,B,C,D,E,F,null,H,null,null,null,null,"
    );
    let junk = rows(&junk_heading, 30, |row| {
        let (month, day) = day(row);
        person(row, format!("{day:02}/{month:02}/1966"))
    });
    let products_heading = "ProductKey,ProductSubcategoryKey,ProductSKU,ProductName,ModelName,ProductDescription,ProductCost,ProductPrice";
    let products = rows(products_heading, 12, |row| {
        format!(
            "{},{},HL-{row},\"Helmet, {row}\",Model,\"light, snug\",{row}.0863,{}.99",
            300 + row,
            row % 3 + 1,
            row + 20
        )
    });
    let returns = rows("ReturnDate,TerritoryKey,ProductKey,ReturnQuantity", 25, |row| {
        let (month, day) = day(row);
        format!("{month}/{day}/2015,{},{},1", row % 4 + 1, 300 + row % 12)
    });
    let calendar = rows("Date", 40, |row| {
        format!("1/{}/2015", row % 31 + 1).replace("1/", if row < 31 { "1/" } else { "2/" })
    });
    vec![
        file("AdventureWorks_Sales_2015.csv", bicycle_sales(2015)),
        file("AdventureWorks_Sales_2016.csv", bicycle_sales(2016)),
        file("AdventureWorks_Sales_2017.csv", bicycle_sales(2017)),
        file("AdventureWorks_Sales_2017_orphan_row.csv", orphan),
        file("AdventureWorks_Customers.csv", customers),
        file("AdventureWorks_Customers_junk_header.csv", junk),
        file("AdventureWorks_Product.csv", products),
        file(
            "AdventureWorks_Product_Subcategories.csv",
            "ProductSubcategoryKey,SubcategoryName,ProductCategoryKey\n1,Helmets,4\n2,Socks,3\n3,Road Bikes,1\n",
        ),
        file(
            "AdventureWorks_Product_Categories.csv",
            "ProductCategoryKey,CategoryName\n1,Bikes\n3,Clothing\n4,Accessories\n",
        ),
        file(
            "AdventureWorks_Territories.csv",
            "SalesTerritoryKey,Region,Country,Continent\n1,Northwest,United States,North America\n2,Canada,Canada,North America\n3,France,France,Europe\n4,Southwest,United States,North America\n",
        ),
        file("AdventureWorks_Returns.csv", returns),
        file("AdventureWorks_Calendar.csv", calendar),
    ]
}

pub fn superstore() -> Vec<File> {
    let heading = "Row ID,Order ID,Order Date,Ship Date,Ship Mode,Customer ID,Customer Name,Segment,Country,City,State,Postal Code,Region,Product ID,Category,Sub-Category,Product Name,Sales,Quantity,Discount,Profit";
    let text = rows(heading, 240, |row| {
        let (month, day) = day(row);
        let (product, quantity) = (row % 10, row / 10 % 5 + 1);
        let discount = [0.0, 0.2, 0.4][row / 10 % 3];
        let sales = (product as f64 + 3.0) * quantity as f64 * (1.0 - discount);
        format!(
            "{},CA-{},{month}/{day}/2024,{month}/{day}/2024,First Class,CU-{},Person {},Consumer,United States,City {},Ohio,4242{},East,OFF-{product},Furniture,Chairs,\"Chair, {product}\",{sales:.4},{quantity},{discount},1.5",
            row + 1,
            row / 3,
            row % 20,
            row % 20,
            row % 7,
            row % 7
        )
    });
    vec![("orders.csv".to_owned(), format!("\u{feff}{}", text.replace('\n', "\r\n")).into_bytes())]
}

pub fn german_till() -> Vec<File> {
    let heading =
        "Belegnummer;Belegdatum;Artikelnr;Artikelbezeichnung;Menge;Einzelpreis;Gesamtbetrag;Kundennr;Filiale";
    let text = rows(heading, 60, |row| {
        let (month, day) = day(row);
        let quantity = row % 4 + 1;
        let cents = 150 + row % 10 * 20;
        let money = |cents: usize| format!("{},{:02} €", cents / 100, cents % 100);
        format!(
            "B{:05};{day:02}.{month:02}.2024;{:04};Süßes {};{quantity};{};{};{};{}",
            row,
            row % 10 + 1,
            row % 10,
            money(cents),
            money(cents * quantity),
            row % 12 + 100,
            row % 2 + 1
        )
    });
    vec![file("kassenbons.csv", text)]
}
